import type { Routes } from '../operation.ts';
import { alertRoutes } from './alerts.ts';
import { debuggerWebhookRoutes } from './debugger-webhook.ts';
import { eventRoutes } from './events.ts';

/** Twilio: usage/monitor-alert, usage/monitor-events */
export function monitorV1(routes: Omit<Routes, 'prefix'>): void {
  const own = { ...routes, prefix: '/monitor' };
  alertRoutes(own);
  debuggerWebhookRoutes(own);
  eventRoutes(own);
}
