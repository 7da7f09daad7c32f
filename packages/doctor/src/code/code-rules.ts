import type { CodeRule } from './code-file.ts';
import { noAmbiguousSidName } from './rules/no-ambiguous-sid-name.ts';
import { noDroppedTwilioParameter } from './rules/no-dropped-twilio-parameter.ts';
import { noHardCodedSid } from './rules/no-hard-coded-sid.ts';
import { requireWebhookSignature } from './rules/require-webhook-signature.ts';
import { sdkCredentials } from './rules/sdk-credentials.ts';
import { sidKindMatchesParameter } from './rules/sid-kind-matches-parameter.ts';

/** Every rule over source code, in the order that its findings are told in. */
export const codeRules: readonly CodeRule[] = [
  sidKindMatchesParameter,
  noDroppedTwilioParameter,
  sdkCredentials,
  requireWebhookSignature,
  noHardCodedSid,
  noAmbiguousSidName,
];
