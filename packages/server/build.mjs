// Puts the server and the packages it is made of into one file. Node reads and links 500 small modules in half a
// second and one large one in a fifth of that; what was measured stands in docs/adr/. `tsc -b` has checked the types
// and written the declarations; this only joins.
import { build } from 'esbuild';

await build({
  entryPoints: [new URL('src/index.ts', import.meta.url).pathname],
  outfile: new URL('dist/server.js', import.meta.url).pathname,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  conditions: ['development'],
  // Native code, what is CommonJS through and through, and what is loaded only when asked for stay where they are.
  external: ['libsql', 'fastify', 'pg', 'pino', 'twilio', 'ws', '@xmldom/xmldom', 'mpg123-decoder'],
  sourcemap: true,
  logLevel: 'warning',
});
