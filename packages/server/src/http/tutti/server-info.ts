import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';

/** `GET /v1/Server`: where this server is reached by SIP. */
export function serverInfoRoutes(routes: Routes, sip: string): void {
  operation(routes, {
    method: 'GET',
    path: '/v1/Server',
    parameters: form({}),
    handle: async () => ({ sip }),
  });
}
