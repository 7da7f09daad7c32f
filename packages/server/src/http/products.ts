import type { RecognitionEngine } from '@tutti/media';
import type { MediaFiles } from '../store/media-files.ts';
import { accountsV1 } from './accounts-v1/routes.ts';
import { api2010 } from './api-2010/routes.ts';
import { conversationsV1 } from './conversations-v1/routes.ts';
import { insightsV1 } from './insights-v1/routes.ts';
import { mcsV1 } from './mcs-v1/routes.ts';
import { monitorV1 } from './monitor-v1/routes.ts';
import type { Routes } from './operation.ts';
import { tutti, type OwnParts } from './tutti/routes.ts';

/** Everything that the HTTP door serves. */
export function products(
  files: MediaFiles,
  recognition: RecognitionEngine,
  own: OwnParts,
): readonly ((routes: Omit<Routes, 'prefix'>) => void)[] {
  return [
    (routes) => conversationsV1(routes, recognition),
    (routes) => api2010(routes, files),
    monitorV1,
    accountsV1,
    insightsV1,
    (routes) => mcsV1(routes, files),
    (routes) => tutti(routes, own),
  ];
}
