import type { Routes } from '../operation.ts';
import { metricRoutes } from './metrics.ts';

/** Twilio: voice/voice-insights/api/call */
export function insightsV1(routes: Omit<Routes, 'prefix'>): void {
  metricRoutes({ ...routes, prefix: '/insights' });
}
