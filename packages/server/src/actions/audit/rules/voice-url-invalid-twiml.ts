import { applicationPath, servingApplications, type AuditRule } from '../view.ts';

export const voiceUrlInvalidTwiml: AuditRule = {
  name: 'voice-url-invalid-twiml',
  find: (view) =>
    servingApplications(view).flatMap(([application, conductor]) => {
      const problem = view.probes.get(application.sid)?.invalid;
      if (problem === undefined) return [];
      return {
        sids: [application.sid, conductor.sid],
        where: `${applicationPath(application)} voice_url`,
        text: `The VoiceUrl of Application ${application.sid}, which Conductor ${conductor.sid} names, answers what is no TwiML: ${problem.replace(/\.?$/, '.')} Its calls end with an error.`,
        fix: 'Answer a TwiML document, with the Content-Type text/xml.',
      };
    }),
};
