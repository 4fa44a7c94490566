// Makes one page of the dashboard, which needs nothing besides, and writes it where the status server finds it.
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { build, transform } from 'esbuild';

const FILE = new URL('../node/page.generated.ts', import.meta.url);

/** Writes `lib/node/page.generated.ts`, if anything has changed. */
export async function bundle() {
  const [script, style, html] = await Promise.all([bundledScript(), bundledStyle(), read('index.html')]);
  const page = inlined(inlined(minified(html), 'script', script), 'style', style);
  const text = [
    '// Made by lib/dashboard/bundle.mjs: change what is in lib/dashboard/ instead.',
    `export const PAGE: string = ${JSON.stringify(page)};`,
    `export const SCRIPT_HASH: string = ${JSON.stringify(hashOf(script))};`,
    `export const STYLE_HASH: string = ${JSON.stringify(hashOf(style))};`,
    '',
  ].join('\n');
  const before = await readFile(FILE, 'utf8').catch(() => undefined);
  if (text === before) return;
  // at once, for who reads it at this very time
  const written = new URL(`${FILE.href}.${process.pid}`);
  await writeFile(written, text);
  await rename(written, FILE);
}

async function bundledScript() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    // where rxjs has classes as they are written
    conditions: ['es2015'],
    // or it would take its options from whatever is above
    tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: true } },
  });
  // what would end the element, or begin a comment in it; these stand in strings alone, or it would not compile
  const script = outputFiles[0].text.trim().replace(/<(?=!--|\/?script)/gi, '\\x3c');
  new Script(script);
  return script;
}

async function bundledStyle() {
  const { code } = await transform(await read('style.css'), { loader: 'css', minify: true, target: 'chrome120' });
  if (code.includes('</')) throw new Error('style.css would end its element');
  return code.trim();
}

/** Without the indentation. */
function minified(html) {
  return html
    .replace(/\s*\n\s*/g, '\n')
    .replace(/>\n</g, '><')
    .trim();
}

function inlined(html, element, content) {
  const empty = `<${element}></${element}>`;
  if (html.split(empty).length !== 2) throw new Error(`index.html is to have one ${empty}`);
  // not as a string, in which `$&` would mean something
  return html.replace(empty, () => `<${element}>${content}</${element}>`);
}

function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

async function read(name) {
  return readFile(new URL(name, import.meta.url), 'utf8');
}

// for jest's `globalSetup`
export default bundle;

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
