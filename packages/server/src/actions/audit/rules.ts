import type { AuditRule } from './view.ts';
import { applicationUnused } from './rules/application-unused.ts';
import { conductorApplicationGone } from './rules/conductor-application-gone.ts';
import { conductorWithoutApplication } from './rules/conductor-without-application.ts';
import { conductorsShareProxyAddress } from './rules/conductors-share-proxy-address.ts';
import { conversationWithoutConductor } from './rules/conversation-without-conductor.ts';
import { numberApplicationUnused } from './rules/number-application-unused.ts';
import { participantConductorClosed } from './rules/participant-conductor-closed.ts';
import { participantConductorElsewhere } from './rules/participant-conductor-elsewhere.ts';
import { proxyAddressNotOurs } from './rules/proxy-address-not-ours.ts';
import { statusCallbackIsVoiceUrl } from './rules/status-callback-is-voice-url.ts';
import { tokenApplicationGone } from './rules/token-application-gone.ts';
import { voiceUrlAcceptsUnsigned } from './rules/voice-url-accepts-unsigned.ts';
import { voiceUrlEmpty } from './rules/voice-url-empty.ts';
import { voiceUrlInvalidTwiml } from './rules/voice-url-invalid-twiml.ts';
import { voiceUrlSlow } from './rules/voice-url-slow.ts';
import { voiceUrlUnreachable } from './rules/voice-url-unreachable.ts';
import { webhookNeverFires } from './rules/webhook-never-fires.ts';

/** In the order in which their findings are shown, within one severity. */
export const rules: readonly AuditRule[] = [
  conductorApplicationGone,
  voiceUrlEmpty,
  voiceUrlUnreachable,
  voiceUrlInvalidTwiml,
  conversationWithoutConductor,
  participantConductorClosed,
  participantConductorElsewhere,
  proxyAddressNotOurs,
  tokenApplicationGone,
  conductorsShareProxyAddress,
  voiceUrlAcceptsUnsigned,
  voiceUrlSlow,
  numberApplicationUnused,
  statusCallbackIsVoiceUrl,
  webhookNeverFires,
  conductorWithoutApplication,
  applicationUnused,
];
