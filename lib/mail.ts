import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';

/** The sender of notices. SES mails it a link that somebody must follow once. */
export class Mail extends Construct {
  constructor(scope: Construct, id: string, sender: string) {
    super(scope, id);
    new EmailIdentity(this, 'Sender', { identity: Identity.email(sender) });
  }
}
