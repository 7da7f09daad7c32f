import type { RecognitionEngine } from '@tutti/media';
import type { Routes } from '../operation.ts';
import { conductorRoutes } from './conductors.ts';
import { conversationRoutes } from './conversations.ts';
import { messageRoutes } from './messages.ts';
import { participantCallRoutes } from './participant-calls.ts';
import { participantRoutes } from './participants.ts';
import { serviceRoutes } from './services.ts';
import { webhookConfigurationRoutes } from './webhook-configuration.ts';
import { webhookRoutes } from './webhooks.ts';
import { timelineRoutes } from './timeline.ts';

/** Twilio: conversations/api */
export function conversationsV1(
  routes: Omit<Routes, 'prefix'>,
  recognition: RecognitionEngine,
): void {
  const own = { ...routes, prefix: '/conversations' };
  serviceRoutes(own);
  webhookConfigurationRoutes(own);
  conversationRoutes(own);
  messageRoutes(own);
  participantRoutes(own);
  webhookRoutes(own);
  conductorRoutes(own, recognition);
  participantCallRoutes(own);
  timelineRoutes(own);
}
