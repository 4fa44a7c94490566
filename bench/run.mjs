/** All benchmarks: `node run.mjs [--quick] [--only GROUP]`. Ends with code 1 where a limit is exceeded. */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { elsewhere } from './elsewhere.mjs';
import { median } from './median.mjs';
import { peers, plan } from './plan.mjs';
import { size } from './size.mjs';
import { comparisonTable, markdown, peerTable } from './table.mjs';

const run = promisify(execFile);
const measureFile = fileURLToPath(new URL('measure.mjs', import.meta.url));

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
const comparisons = plan(options.quick === true);
const names = ['size', ...Object.keys(comparisons), 'peers'];
const wanted = options.only === undefined ? names : names.filter((name) => name === options.only);
if (wanted.length === 0) throw new Error(`No group ${options.only}; there are ${names.join(', ')}`);

console.log(`Node ${process.versions.node}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`);
const rows = wanted.flatMap((name) => comparisons[name] ?? []);
const sides = wanted.includes('peers') ? peers() : [];
const figureOf = await measured(
  [
    ...rows.flatMap(({ ours, other }) => [other, ours]),
    ...sides.flatMap(({ idle, heap, restarts }) => [idle, heap, restarts]),
  ],
  options.quick ? 3 : 5,
);
const table = comparisonTable(rows, figureOf);
if (wanted.includes('size')) table.unshift(await size());
if (table.length > 0) console.log(`\n${markdown(table)}`);
if (sides.length > 0) console.log(`\n${markdown([...peerTable(sides, figureOf), ...(await elsewhere())])}`);
process.exitCode = table.some(({ mark }) => mark === 'OVER') ? 1 : 0;

/** Each measurement so many times, all of them in turn, each in a process of its own; answers with the medians. */
async function measured(measurements, times) {
  const samples = new Map(measurements.map((each) => [JSON.stringify(each), []]));
  for (let time = 1; time <= times && samples.size > 0; time++) {
    for (const [measurement, found] of samples) {
      const { stdout } = await run(process.execPath, ['--expose-gc', measureFile, measurement]);
      found.push(JSON.parse(stdout));
    }
    console.error(`measured ${time} of ${times} times`);
  }
  return (measurement, figure) => median(samples.get(JSON.stringify(measurement)).map((sample) => sample[figure]));
}
