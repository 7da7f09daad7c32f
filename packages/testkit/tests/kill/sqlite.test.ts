import { it } from 'vitest';
import { KILL_TEST_MS, surviveKills } from './_kill-test.ts';

it(
  'nothing acknowledged is lost, and everything is told, over SIGKILL at any moment, on SQLite',
  () => surviveKills('SQLite'),
  KILL_TEST_MS,
);
