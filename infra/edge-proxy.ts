import { Duration } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  LambdaEdgeEventType,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { IVersion, Version } from "aws-cdk-lib/aws-lambda";
import type { CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import { type Deployment, poolRegion } from "../functions/domain/deployment.ts";
import { edgeHeaders } from "../functions/domain/edge-config.ts";
import { edgeSettings } from "../functions/domain/edge-settings.ts";
import { acknowledge } from "./acknowledge.ts";
import type { Secrets } from "./secrets.ts";

interface EdgeProxyProps {
  readonly deployment: Deployment;
  readonly webAcl: CfnWebACL;
  readonly edge: Version;
  readonly secret: Secrets["clients"];
}

/** The distribution in front of the regional Cognito endpoint. Nothing is cached. */
export class EdgeProxy extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: EdgeProxyProps) {
    super(scope, id);
    this.distribution = new Distribution(this, "Distribution", {
      comment: `Proxy of user pool ${props.deployment.userPool.id}`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      webAclId: props.webAcl.attrArn,
      ...this.buildNames(props.deployment),
      defaultBehavior: {
        origin: buildOrigin(props),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // All of the viewer's headers but Host: Cognito must see its own name, in TLS and in the request.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        edgeLambdas: [
          // `as`: CDK's own interfaces do not hold under exactOptionalPropertyTypes.
          { eventType: LambdaEdgeEventType.ORIGIN_REQUEST, functionVersion: props.edge as IVersion, includeBody: true },
        ],
      },
    });
    acknowledge(this.distribution, {
      "AwsSolutions-CFR1": "Where users may sign in from is the user pool owner's decision, not a default.",
      "AwsSolutions-CFR3":
        "Standard logging v2 is switched on (infra/cloudfront-logs.ts); the rule knows only the legacy one.",
      "AwsSolutions-CFR4": "Without a domain of one's own CloudFront's certificate serves, and it sets the TLS policy.",
    });
  }

  /** Names of one's own, of which CloudFront then asks for TLS 1.2 at least. */
  private buildNames({ alternateDomain }: Deployment) {
    if (!alternateDomain) return {};
    const { names, certificateArn } = alternateDomain;
    return {
      domainNames: names,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }
}

function buildOrigin({ deployment, secret }: EdgeProxyProps): HttpOrigin {
  return new HttpOrigin(`cognito-idp.${poolRegion(deployment)}.amazonaws.com`, {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    readTimeout: Duration.seconds(30),
    keepaliveTimeout: Duration.seconds(5),
    customHeaders: { [edgeHeaders.secretArn]: secret.secretArn, ...edgeSettings(deployment) },
  });
}
