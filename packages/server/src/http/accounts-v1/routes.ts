import type { Routes } from '../operation.ts';
import { authTokenRoutes } from './auth-tokens.ts';

/** Twilio: iam/api */
export function accountsV1(routes: Omit<Routes, 'prefix'>): void {
  authTokenRoutes({ ...routes, prefix: '/accounts' });
}
