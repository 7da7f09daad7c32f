import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeDirectory, runTutti, type Started } from './_tutti.ts';

let projects = 0;

/** A project of its own, in a directory of its own, against a server that other tests use too. */
export async function makeProject(started: Started, url = started.url) {
  const directory = await makeDirectory();
  projects += 1;
  const name = `shop${projects}`;
  return {
    name,
    directory,
    /** Digits that no other project has. */
    number: `+1555000${String(projects).padStart(4, '0')}`,
    /** What names of the environment the server is found by, here and on another machine. */
    apply: async (text: string, ...args: string[]) => {
      await writeFile(join(directory, 'tutti.yaml'), text);
      return runTutti(['apply', ...args], {
        cwd: directory,
        env: {
          TUTTI_URL: url,
          TWILIO_ACCOUNT_SID: started.accountSid,
          TWILIO_AUTH_TOKEN: started.authToken,
          APP_URL: 'https://shop.example.com',
        },
      });
    },
  };
}

/** What becomes of a request: it is refused unseen, or the server hears it and its answer is lost. */
export type Fault = 'refused' | 'answer lost' | undefined;

/** A way to the server that goes wrong where `fault` says so; the URL of it. */
export async function openFaultyWay(
  started: Started,
  fault: (request: IncomingMessage) => Fault | Promise<Fault>,
): Promise<string> {
  const proxy = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => void pass());
    const pass = async (): Promise<void> => {
      const problem = await fault(request);
      if (problem === 'refused') {
        response.writeHead(503, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ message: 'not now' }));
        return;
      }
      const { method = 'GET', url = '', headers } = request;
      const answer = await fetch(started.url + url, {
        method,
        headers: {
          authorization: headers.authorization ?? '',
          ...(headers['content-type'] && { 'content-type': headers['content-type'] }),
        },
        ...(method === 'POST' && { body: Buffer.concat(chunks) }),
      });
      const body = await answer.text();
      if (problem === 'answer lost') request.socket.destroy();
      else {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(body);
      }
    };
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        proxy.closeAllConnections();
        proxy.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}
