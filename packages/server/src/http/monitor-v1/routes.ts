import type { Routes } from '../operation.ts';
import { alertRoutes } from './alerts.ts';

/** Twilio: usage/monitor-alert */
export function monitorV1(routes: Omit<Routes, 'prefix'>): void {
  alertRoutes({ ...routes, prefix: '/monitor' });
}
