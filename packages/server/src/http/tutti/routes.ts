import type { Routes } from '../operation.ts';
import { activityRoutes } from './activity.ts';
import { pageRoutes } from './pages.ts';
import { serverInfoRoutes } from './server-info.ts';
import { sidRoutes } from './sids.ts';

/** What Twilio does not have; its paths stand beside those of Conversations. */
export function tutti(routes: Omit<Routes, 'prefix'>, sip: string): void {
  pageRoutes(routes);
  const own = { ...routes, prefix: '/conversations' };
  sidRoutes(own);
  activityRoutes(own);
  serverInfoRoutes(own, sip);
}
