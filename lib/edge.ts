import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { explain } from './explain.ts';
import type { SecretGenerations } from './secrets.ts';
import type { StageConfig } from './stage-config.ts';

export interface EdgeProps {
  readonly stage: StageConfig;
  readonly originHost: string;
  readonly secret: SecretGenerations;
  readonly webAclArn?: string;
}

/** The public address. It signs each request with a secret, so that the API can refuse what went around it. */
export class Edge extends Construct {
  /** Scheme and host that clients use, and that proofs of possession name. */
  readonly publicOrigin: string;

  constructor(scope: Construct, id: string, { stage, originHost, secret, webAclArn }: EdgeProps) {
    super(scope, id);
    const { domain } = stage;
    const distribution = new Distribution(this, 'Distribution', {
      comment: `Evenfield ${stage.name}`,
      ...(webAclArn && { webAclId: webAclArn }),
      ...(domain && {
        domainNames: [domain.publicHost],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.publicCertificateArn),
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        origin: new HttpOrigin(originHost, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          // CloudFormation resolves it while deploying: the value is in no template. A header of this name
          // from outside is replaced.
          customHeaders: { 'x-evenfield-edge': secret.current.secretValue.unsafeUnwrap() },
        }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        // Answers depend on who asks, so none may be kept for the next one.
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy: this.createHeaders(),
        compress: false,
      },
    });
    this.publicOrigin = `${stage.tls ? 'https' : 'http'}://${domain?.publicHost ?? distribution.distributionDomainName}`;
    if (domain)
      new CfnOutput(this, 'Alias', {
        description: `Target of the DNS alias ${domain.publicHost}`,
        value: distribution.distributionDomainName,
      });
    explain(distribution, {
      CFR1: 'The country of an address says nothing about a driver.',
      CFR3: 'Edge logs would store the addresses of drivers; the API logs each request without them.',
      ...(!stage.waf.enabled && {
        CFR2: 'Paid by the request: the stage config switches it on, as production does.',
      }),
      ...(!domain && {
        CFR4: 'Only a domain of its own lets a stage ask for TLS 1.2; docs/deploy.md says how.',
      }),
    });
  }

  private createHeaders(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
          override: false,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
    });
  }
}
