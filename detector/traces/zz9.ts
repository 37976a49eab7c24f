import { fitTo } from './train.ts';
import { peopleSamples, machineSamples, machineAt } from './samples.ts';
import { weighEvidence } from '#core/challenge/grading/trace-model.ts';
import { traceFeatures } from '#core/challenge/grading/trace-features.ts';
import { families } from './machines.ts';
const n=Number(process.argv[2]), warp=process.argv[3]==='warp', W=Number(process.argv[4]??8);
const held=new Set(families.filter(f=>f.isHeldOut&&!(warp&&f.name==='warped replay')).map(f=>f.name));
const extra=(passed:any,split:any)=>families.filter(f=>f.isHeldOut).flatMap(f=>Array.from({length:n},(_,i)=>{const {facts,trace}=machineAt(f,{split,seed:1,passed},i);return{...traceFeatures(facts,trace),isPerson:false,group:f.name,weight:8}}));
const wt=(s:any)=>s.weight===8?{...s,weight:W}:s;
const TP=peopleSamples('train',1,n), CP=peopleSamples('calibrate',1,n);
const q=(v:number[],p:number)=>v[Math.min(v.length-1,Math.floor(p*v.length))]!;
const kn=(w:any)=>w.groups.get('knowing')??0;
const thr=(columns:any,list:any[],b:number)=>{const out:any={};for(const kind of ['pointer','touch','keys','bare']){const g:any={};for(const s of list)if(s.kind===kind&&!s.isPerson&&!held.has(s.group)){const w=weighEvidence(columns,s);(g[s.group]??=[]).push(s.binds&&kn(w)>=b?w.score:-99)} let hi=1.1;for(const k in g){g[k].sort((x:number,y:number)=>x-y);if(g[k].length>=60)hi=Math.max(hi,q(g[k],.982))} out[kind]=hi} return out};
let passed:any=()=>true; let columns:any, t:any;
for(let stage=0;stage<3;stage++){
  const sel=(l:any[])=>l.filter(s=>!held.has(s.group)).map(wt);
  const TM=sel([...machineSamples({split:'train',seed:1,passed},n),...extra(passed,'train')]);
  columns=fitTo(TP,TM);
  const CM=[...machineSamples({split:'calibrate',seed:1,passed},n),...extra(passed,'calibrate')];
  for(const b of [-99,0,0.5]){ t=thr(columns,CM,b);
   const tot:any={};for(const s of [...CP,...CM]){const w=weighEvidence(columns,s);const x=s.binds&&kn(w)>=b?w.score:-99;const c=(tot[s.group]??=[0,0]);c[1]++;if(x>=t[s.kind])c[0]++;}
   console.log('stage',stage,'b',b,JSON.stringify(t));console.log('  ',Object.entries<any>(tot).filter(([k])=>/^(mouse|touch|one|tremor|slow|keyb|switch|screen|sound-)|warped|moved|informed|sound replay|patient cl/.test(k)).map(([k,[h,m]])=>k+' '+(h/m).toFixed(3)).join(', '));
  }
  t=thr(columns,CM,0); const C=columns,T=t; passed=(f:any,tr:any)=>{const s=traceFeatures(f,tr);const w=weighEvidence(C,s);return s.binds&&kn(w)>=0&&w.score>=T[s.kind]};
}
