import { refusal } from '../../base/app-error.ts';
import type { Routes } from '../operation.ts';
import type { Readiness } from './readiness.ts';

/** Source: prometheus.io/docs/instrumenting/exposition_formats */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/** For load balancers and Prometheus. `docs/operations.md` */
export function operationsRoutes(
  { app, known, context }: Omit<Routes, 'prefix'>,
  readiness: Readiness,
): void {
  app.route({
    method: 'GET',
    url: '/health',
    config: { public: true },
    handler: async () => ({ status: 'alive' }),
  });
  app.route({
    method: 'GET',
    url: '/ready',
    config: { public: true },
    handler: async (_request, reply) => {
      const problems = await readiness.check();
      if (problems.length > 0) reply.code(503).header('Retry-After', '1');
      return { ready: problems.length === 0, problems };
    },
  });
  // Behind credentials: it stands on the port that customers reach. A busy account can still be watched.
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { unlimited: true },
    handler: async (request, reply) => {
      if (request.caller.account.parentSid !== null) {
        throw refusal('forbidden', {
          problem: 'The metrics are of the whole server. Use credentials of the main account.',
        });
      }
      reply.type(PROMETHEUS);
      return context.metrics.text();
    },
  });
  for (const url of ['/health', '/ready', '/metrics']) known.set(url, new Set(['GET']));
}
