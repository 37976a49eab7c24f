import { writeFileSync } from 'node:fs';
import { renderOpenApi } from '#contract/openapi.ts';

const target = new URL('../docs/openapi.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(renderOpenApi(), null, 2)}\n`);
