import { evenfieldApp } from '#lib/app.ts'; import { readStage } from '#lib/stage-config.ts';
process.env.CDK_VALIDATION='false';
const app=await evenfieldApp({config:{...readStage('production'),domain:{publicHost:'blocks.example.com',publicCertificateArn:'arn:aws:acm:us-east-1:1:certificate/a',apiHost:'api.example.com',apiCertificateArn:'arn:aws:acm:us-west-2:1:certificate/b'}},outdir:'/tmp/out-try'});
const a=app.synth(); const t=a.stacks.map(s=>s.stackName); console.log(t);
const m=a.getStackByName('Evenfield-production').template; console.log(JSON.stringify(m.Outputs,null,1));
for (const r of Object.values(m.Resources)) if (r.Type==='AWS::CloudFront::Distribution') console.log(JSON.stringify(r.Properties.DistributionConfig.Origins), JSON.stringify(r.Properties.DistributionConfig.ViewerCertificate));
