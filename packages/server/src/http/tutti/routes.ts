import type { Routes } from '../operation.ts';
import { activityRoutes } from './activity.ts';
import { deliveryRoutes } from './deliveries.ts';
import { pageRoutes } from './pages.ts';
import { serverInfoRoutes, type DeliveryInfo, type ServerInfo } from './server-info.ts';
import { sidRoutes } from './sids.ts';

/** What Twilio does not have; its paths stand beside those of Conversations. */
export function tutti(
  routes: Omit<Routes, 'prefix'>,
  info: ServerInfo,
  deliveries: DeliveryInfo,
): void {
  pageRoutes(routes);
  const own = { ...routes, prefix: '/conversations' };
  sidRoutes(own);
  activityRoutes(own);
  deliveryRoutes(own);
  serverInfoRoutes(own, info, deliveries);
}
