import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { verdict } from './table.mjs';

const LIMIT = 9000;

/** The core alone, minified and gzipped, without rxjs; in bytes. */
export async function size() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../dist/esm/lib/index.js', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['rxjs'],
    write: false,
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  return {
    what: 'size, minified and gzipped',
    ours: 'core',
    figure: bytes,
    'compared with': 'limit',
    'its figure': LIMIT,
    ...verdict(bytes / LIMIT, 1),
  };
}
