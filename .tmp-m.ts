import { startEngine } from '#test/support/engine.ts';
import { refreshStatusList } from '#core/devices/refresh-status-list.ts';
import { statusListStore } from '#core/devices/status-list-store.ts';
import { devicesStore } from '#core/devices/devices-store.ts';
import { readStatusList } from '#core/devices/status-list.ts';
const engine = await startEngine();
try {
const table = await engine.createTable();
const n = 5000;
const text = JSON.stringify({ entries: Object.fromEntries(Array.from({ length: n }, (_, i) => [(BigInt(i + 1) * 0x9e3779b97f4a7c15n & 0xffffffffffffffffn).toString(16), { status: 'REVOKED', reason: 'KEY_COMPROMISE' }])) });
let t = Date.now(); const list = readStatusList(text)!; console.log('read', text.length, Date.now() - t, list.size);
const deps = { now: Date.now, random: Math.random, sleep: async () => {}, statusList: statusListStore(engine.client, table, async () => {}), store: devicesStore(engine.client, table, 30), fetchList: async (v: any) => v.etag ? ({ status: 'unchanged' } as const) : ({ status: 'list', list, validators: { etag: '"1"' } } as const) };
for (let i = 0; i < 2; i++) { t = Date.now(); const c = process.cpuUsage(); const o = await refreshStatusList(deps as never); console.log(o.status, Date.now() - t, 'ms', process.cpuUsage(c).user / 1000, 'cpu ms'); }
} finally { await engine.stop(); }
