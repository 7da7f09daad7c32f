import type { Routes } from '../operation.ts';
import { activityRoutes } from './activity.ts';
import { auditRoutes } from './audits.ts';
import { deliveryRoutes } from './deliveries.ts';
import { operationsRoutes } from './operations.ts';
import { pageRoutes } from './pages.ts';
import type { Readiness } from './readiness.ts';
import { serverInfoRoutes, type DeliveryInfo, type ServerInfo } from './server-info.ts';
import { sidRoutes } from './sids.ts';

/** What the server's own pages tell of. */
export interface OwnParts {
  readonly info: ServerInfo;
  readonly deliveries: DeliveryInfo;
  readonly readiness: Readiness;
}

/** What Twilio does not have; its paths stand beside those of Conversations. */
export function tutti(
  routes: Omit<Routes, 'prefix'>,
  { info, deliveries, readiness }: OwnParts,
): void {
  pageRoutes(routes);
  operationsRoutes(routes, readiness);
  const own = { ...routes, prefix: '/conversations' };
  sidRoutes(own);
  auditRoutes(own);
  activityRoutes(own);
  deliveryRoutes(own);
  serverInfoRoutes(own, info, deliveries);
}
