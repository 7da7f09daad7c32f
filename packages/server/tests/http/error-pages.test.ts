import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogue, type CatalogueEntry } from '../../src/base/error-catalogue.ts';
import { startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const entries: readonly CatalogueEntry[] = Object.values(catalogue);
const own = [...new Set(entries.map(({ code }) => code))].filter((code) => code >= 75_001);

test.each(own)('the page of error %i is served to whoever follows more_info', async (code) => {
  const answer = await fetch(`${server.url}/docs/errors/${code}`);

  const page = await answer.text();
  expect(answer.status).toBe(200);
  expect(page).toContain(`${code}: `);
  for (const part of ['Cause', 'What it looks like', 'How to put it right']) {
    expect(page).toContain(part);
  }
});

test('a code that is not ours has no page', async () => {
  expect((await fetch(`${server.url}/docs/errors/75999`)).status).toBe(404);
});
