import { connect } from 'node:net';
import { defineConfig } from 'vitest/config';

// eslint-disable-next-line node/no-process-env -- the runner's own settings
const { TUTTI_TEST_DATABASE_URL, TUTTI_REQUIRE_ALL } = process.env;
const { hostname, port } = new URL(
  TUTTI_TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
);
const isPostgresHere = await new Promise<boolean>((resolve) => {
  const socket = connect(Number(port || 5432), hostname);
  socket.setTimeout(2000, () => socket.destroy());
  socket.once('connect', () => resolve(true));
  socket.once('error', () => undefined);
  socket.once('close', () => resolve(false));
  socket.once('connect', () => socket.end());
});
// Where all is required its tests run, and fail, without it.
const runsPostgres = isPostgresHere || TUTTI_REQUIRE_ALL === '1';
if (!runsPostgres) {
  process.stderr.write(
    `PostgreSQL does not answer at ${hostname}: the API's tests run on SQLite only.\n`,
  );
}

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'] } },
  test: {
    // Two cores: real sockets and 20 ms audio need a core of their own.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/tests/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          // Programs are tested as users run them: built, and built once.
          globalSetup: ['tests/_build.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'fuzz',
          include: ['packages/*/tests/fuzz/**/*.fuzz.ts'],
          // What is left in memory is measured.
          execArgv: ['--expose-gc'],
          testTimeout: 600_000,
        },
      },
      ...(runsPostgres
        ? [
            {
              extends: true as const,
              test: {
                name: 'on PostgreSQL',
                include: ['packages/server/tests/http/**/*.test.ts'],
                env: { TUTTI_TEST_ENGINE: 'postgres' },
              },
            },
          ]
        : []),
    ],
  },
});
