import { OutletError } from '../../base/app-error.ts';

/** Why a backup cannot be made or used, and what to do. */
export function backupError(message: string): OutletError {
  return new OutletError('backup', message, { retryable: false });
}
