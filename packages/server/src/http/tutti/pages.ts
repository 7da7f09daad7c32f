import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import { refusal } from '../../base/app-error.ts';
import type { Routes } from '../operation.ts';

/** The documentation of the checkout this server runs from: the first folder `docs` on the way up. */
function findDocs(): URL | undefined {
  let folder = new URL('.', import.meta.url);
  for (;;) {
    const docs = new URL('docs/errors/', folder);
    if (existsSync(docs)) return docs;
    const parent = new URL('..', folder);
    if (parent.href === folder.href) return undefined;
    folder = parent;
  }
}

/** Pages for people, without credentials: what runs here, and what an error code means. */
export function pageRoutes({ app, known }: Omit<Routes, 'prefix'>): void {
  app.route({
    method: 'GET',
    url: '/',
    config: { public: true },
    handler: async (request, reply) => {
      const host = request.headers.host ?? 'localhost';
      return asText(
        reply,
        [
          'Tutti is running here.',
          '',
          `Base URL of the Conversations API: http://${host}/conversations/v1`,
          `Base URL of the 2010 API:          http://${host}/api/2010-04-01`,
          'Credentials: credentials.env in the data directory.',
          'Your own program, unchanged:       npx tutti run -- node app.js',
          '',
        ].join('\n'),
      );
    },
  });
  let docs: URL | undefined;
  app.route<{ Params: { Code: string } }>({
    method: 'GET',
    url: '/docs/errors/:Code',
    config: { public: true },
    handler: async (request, reply) => {
      const code = request.params.Code.replace(/\.md$/, '');
      docs ??= findDocs();
      if (!/^\d{5}$/.test(code) || docs === undefined)
        throw refusal('notFound', { path: request.originalUrl });
      try {
        return asText(reply, await readFile(new URL(`${code}.md`, docs), 'utf8'));
      } catch (cause) {
        throw refusal('notFound', { path: request.originalUrl }, { cause });
      }
    },
  });
  for (const url of ['/', '/docs/errors/:Code']) known.set(url, new Set(['GET']));
}

/** Markdown reads well as it is, in a browser and in a terminal. */
function asText(reply: FastifyReply, text: string): string {
  void reply.type('text/plain; charset=utf-8');
  return text;
}
