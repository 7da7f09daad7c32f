import { it } from 'vitest';
import { createDatabase, hasPostgres } from '../../../server/tests/_postgres.ts';
import { KILL_TEST_MS, surviveKills } from './_kill-test.ts';

const isHere = (await hasPostgres()) || process.env['TUTTI_REQUIRE_ALL'] === '1';

it.skipIf(!isHere)(
  'nothing acknowledged is lost, and everything is told, over SIGKILL at any moment, on PostgreSQL',
  async () => {
    await using database = await createDatabase();
    await surviveKills('PostgreSQL', { TUTTI_DATABASE_URL: database.url });
  },
  KILL_TEST_MS,
);
