import { SLOW_MS } from '../probe.ts';
import { applicationPath, servingApplications, type AuditRule } from '../view.ts';

export const voiceUrlSlow: AuditRule = {
  name: 'voice-url-slow',
  find: (view) =>
    servingApplications(view).flatMap(([application, conductor]) => {
      const probe = view.probes.get(application.sid);
      if (probe === undefined || probe.unreachable !== undefined) return [];
      if (probe.durationMs <= SLOW_MS) return [];
      return {
        sids: [application.sid, conductor.sid],
        where: `${applicationPath(application)} voice_url`,
        text: `The VoiceUrl of Application ${application.sid} took ${(probe.durationMs / 1000).toFixed(1)} s to answer: callers of Conductor ${conductor.sid} hear silence meanwhile, and after 15 s their call fails.`,
        fix: `Answer within ${SLOW_MS / 1000} s; do what takes longer after the answer.`,
      };
    }),
};
