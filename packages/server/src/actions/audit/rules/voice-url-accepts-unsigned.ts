import { applicationPath, servingApplications, type AuditRule } from '../view.ts';

export const voiceUrlAcceptsUnsigned: AuditRule = {
  name: 'voice-url-accepts-unsigned',
  find: (view) =>
    servingApplications(view).flatMap(([application, conductor]) => {
      if (view.probes.get(application.sid)?.acceptsUnsigned !== true) return [];
      return {
        sids: [application.sid, conductor.sid],
        where: `${applicationPath(application)} voice_url`,
        text: `The VoiceUrl of Application ${application.sid} answers a request whose X-Twilio-Signature is wrong: anybody who knows the URL can pretend to be a call of Conductor ${conductor.sid}.`,
        fix: "Check the signature (twilio.webhook() or validateRequest of Twilio's library, with this account's auth token), and answer 403 when it is wrong.",
      };
    }),
};
