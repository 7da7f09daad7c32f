import type { IncomingRegister } from '@tutti/sip';
import { alertNamed, raiseAlert } from '../actions/raise-alert.ts';
import type { VoiceContext } from './context.ts';
import { CONTACTS_MAX } from './registrar.ts';

/** Answers a REGISTER: at a SIP domain by its lists, anywhere else as a phone of an account. Never rejects. */
export async function takeRegister(
  { domains, registrar, actions, log }: VoiceContext,
  register: IncomingRegister,
): Promise<void> {
  try {
    const domain = await domains.find(register.aor.host);
    if (domain !== undefined && !(await domains.admitRegister(register, domain))) return;
    const crowded =
      domain === undefined
        ? await registrar.handle(register)
        : registrar.bind(register, { accountSid: domain.accountSid, scope: domain.sid });
    if (crowded === undefined) return;
    const { accountSid, scope } = crowded;
    const limit = CONTACTS_MAX;
    const user = register.aor.user ?? '';
    await raiseAlert(actions, {
      accountSid,
      ...alertNamed('sipTooManyContacts', { user, scope, limit }),
      resourceSid: scope,
      source: `REGISTER ${scope}`,
    });
  } catch (err) {
    log.error({ err }, 'register failed');
    register.reject(500);
  }
}
