import type { Routes } from '../operation.ts';
import { conductorRoutes } from './conductors.ts';
import { conversationRoutes } from './conversations.ts';
import { messageRoutes } from './messages.ts';
import { participantRoutes } from './participants.ts';

/** Twilio: conversations/api */
export function conversationsV1(routes: Omit<Routes, 'prefix'>): void {
  const own = { ...routes, prefix: '/conversations' };
  conversationRoutes(own);
  messageRoutes(own);
  participantRoutes(own);
  conductorRoutes(own);
}
