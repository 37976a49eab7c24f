import { serviceSize } from '../graph/graph-facts.ts';
import { measured } from './measured.ts';

/** With whom the account shares phones and moments. A household counts as alone: see `serviceSize`. */
export const company = measured(
  'graph',
  {
    component: [1, 'accounts that share phones or keys with this one, itself included'],
    synchrony: [1, 'how unlikely it is to claim at the same moments as another account (-log10 p)'],
  },
  ({ market: { graph } }, put) => {
    if (graph === undefined) return;
    put('component', serviceSize(graph));
    put('synchrony', graph.synchrony);
  },
);
