// scratch
import { fork } from 'node:child_process';
import { startEngine } from './engine.ts';
import { startLoopback } from './loopback.ts';
import { functionEnvironment, apiEvent } from './warm-function.ts';
import { claimBlock } from '#contract/offers.ts';
import { claimWithBill } from './claim.ts';
import { aBlock, aDriver, offerTokenOf, publish, startOf } from './offers.ts';
if (process.send) {
  const { handler } = await import('#lambdas/claims.ts');
  process.on('message', async (events: any[]) => {
    const go = async (rounds: number) => { for (let r = 0; r < rounds; r++) { let k = 0; for (const e of events) { if (k++ % 16 === 0) await new Promise((f) => setImmediate(f)); const x = await handler(e, {} as any); if (x.statusCode !== 409) throw new Error(JSON.stringify(x)); } } };
    await go(20);
    for (let i = 0; i < 6; i++) { const b = process.cpuUsage(); const t = performance.now(); await go(30); const { user, system } = process.cpuUsage(b); console.log('refusal', ((user + system) / 30 / events.length).toFixed(2), 'cpu us;', ((performance.now() - t) * 1000 / 30 / events.length).toFixed(2), 'wall us', 'user', user, 'sys', system); }
    process.exit();
  });
  process.send(1);
} else {
  const engine = await startEngine(); const loopback = await startLoopback();
  const blocks = Array.from({ length: 20 }, (_, i) => aBlock({ mode: 'gated', startsAt: startOf(i) }));
  await publish(engine, blocks);
  for (const block of blocks) await claimWithBill(engine, { block, driverId: aDriver(4_000_000) });
  const presses: any[] = [];
  for (let d = 0; d < 50; d++) { const headers = await loopback.headersOf(aDriver(4_000_001 + d)); for (const block of blocks) presses.push(apiEvent(claimBlock, { headers, body: { offerToken: offerTokenOf(block) } })); }
  const c = fork(new URL(import.meta.url).pathname, [], { execArgv: process.argv.slice(2), env: { ...functionEnvironment(engine), ...loopback.environment, NODE_OPTIONS: '' } });
  c.once('message', () => c.send(presses));
  c.once('exit', async () => { loopback.stop(); await engine.stop(); });
}
