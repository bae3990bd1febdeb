import { Notice } from '../components/notice.tsx';
import { usePicks } from '../use-picks.ts';
import { useTitle } from '../use-title.ts';

interface Props {
  title?: string;
  detail?: string;
}

export function NotFound({ title = 'Page not found', detail = 'There is nothing at this address.' }: Props) {
  const { carried } = usePicks();
  useTitle(title);
  return (
    <div class="page">
      <Notice title={title} isPage>
        <p>{detail}</p>
        <p>
          <a href={carried('/')}>Go to the latest papers</a>
        </p>
      </Notice>
    </div>
  );
}
