import { applicationPath, servingApplications, type AuditRule } from '../view.ts';

export const voiceUrlUnreachable: AuditRule = {
  name: 'voice-url-unreachable',
  find: (view) =>
    servingApplications(view).flatMap(([application, conductor]) => {
      const problem = view.probes.get(application.sid)?.unreachable;
      if (problem === undefined) return [];
      return {
        sids: [application.sid, conductor.sid],
        where: `${applicationPath(application)} voice_url`,
        text: `The VoiceUrl of Application ${application.sid}, which Conductor ${conductor.sid} names, did not answer a signed request: ${problem.replace(/\.?$/, '.')} Its calls cannot be handled and end with an error.`,
        fix: "See that the server is up, that its address can be reached from here, and that it accepts requests signed with this account's auth token.",
      };
    }),
};
