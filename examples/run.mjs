// Runs one example: `npm run --silent example NAME [arguments]`.
import { readdirSync } from 'node:fs';

const examples = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));
const [name] = process.argv.splice(2, 1);

if (examples.includes(name)) {
  await import(`../dist/esm/examples/${name}.js`);
} else {
  console.error(`There is no example '${name ?? ''}'. There are: ${examples.join(', ')}`);
  process.exitCode = 1;
}
