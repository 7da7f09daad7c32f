import type { MediaFiles } from '../../store/media-files.ts';
import type { Routes } from '../operation.ts';
import { mediaRoutes } from './media.ts';

/** The media that messages carry, as Twilio's clients fetch it. */
export function mcsV1(routes: Omit<Routes, 'prefix'>, files: MediaFiles): void {
  mediaRoutes({ ...routes, prefix: '/mcs' }, files);
}
