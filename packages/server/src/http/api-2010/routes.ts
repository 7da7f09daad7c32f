import type { MediaFiles } from '../../store/media-files.ts';
import type { Routes } from '../operation.ts';
import { accountRoutes } from './accounts.ts';
import { applicationRoutes } from './applications.ts';
import { availablePhoneNumberRoutes } from './available-phone-numbers.ts';
import { callEventRoutes } from './call-events.ts';
import { callRoutes } from './calls.ts';
import { callTranscriptionRoutes } from './call-transcriptions.ts';
import { conferenceParticipantRoutes } from './conference-participants.ts';
import { conferenceRoutes } from './conferences.ts';
import { incomingPhoneNumberRoutes } from './incoming-phone-numbers.ts';
import { keyRoutes } from './keys.ts';
import { sipDomainRoutes } from './sip-domains.ts';
import { sipListRoutes } from './sip-lists.ts';
import { sipMappingRoutes } from './sip-mappings.ts';
import { notificationRoutes } from './notifications.ts';
import { queueMemberRoutes } from './queue-members.ts';
import { queueRoutes } from './queues.ts';
import { recordingMedia } from './recording-media.ts';
import { recordingRoutes } from './recordings.ts';
import { streamRoutes } from './streams.ts';
import { transcriptionRoutes } from './transcriptions.ts';
import { uncarriedCallResourceRoutes } from './uncarried-call-resources.ts';

/** Twilio: usage/api. The router knows these paths without `.json`: see `../arrival.ts`. */
export function api2010(routes: Omit<Routes, 'prefix'>, files: MediaFiles): void {
  const own = { ...routes, prefix: '/api' };
  accountRoutes(own);
  keyRoutes(own);
  sipDomainRoutes(own);
  sipListRoutes(own);
  sipMappingRoutes(own);
  applicationRoutes(own);
  incomingPhoneNumberRoutes(own);
  availablePhoneNumberRoutes(own);
  callRoutes(own);
  callTranscriptionRoutes(own);
  callEventRoutes(own);
  uncarriedCallResourceRoutes(own);
  conferenceRoutes(own);
  conferenceParticipantRoutes(own);
  queueRoutes(own);
  queueMemberRoutes(own);
  notificationRoutes(own);
  recordingRoutes(own);
  transcriptionRoutes(own);
  recordingMedia(own, files);
  streamRoutes(own);
}
