import { Notice } from '../components/notice.tsx';
import { useTitle } from '../use-title.ts';

interface Props {
  title?: string;
  detail?: string;
}

export function NotFound({ title = 'Page not found', detail = 'There is nothing at this address.' }: Props) {
  useTitle(title);
  return (
    <div class="page">
      <Notice title={title} isPage>
        <p>{detail}</p>
        <p>
          <a href="/">Go to the latest papers</a>
        </p>
      </Notice>
    </div>
  );
}
