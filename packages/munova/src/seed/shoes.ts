/** The sample shop: sellers, buyers, shoes, rooms and what is said in them. */
import type { Role } from '@munova/contracts';

export interface SamplePerson {
  readonly sub: string;
  readonly name: string;
  readonly role: Role;
}

export const SELLERS = [
  { sub: 'seller-hangang', name: '한강슈즈', role: 'seller' },
  { sub: 'seller-seongsu', name: '성수공방', role: 'seller' },
  { sub: 'seller-namsan', name: '남산러너스', role: 'seller' },
  { sub: 'seller-jeju', name: '제주샌들', role: 'seller' },
] as const satisfies readonly SamplePerson[];

export const BUYERS = [
  { sub: 'minji', name: '민지', role: 'buyer' },
  { sub: 'junho', name: '준호', role: 'buyer' },
  { sub: 'sora', name: '소라', role: 'buyer' },
  { sub: 'daniel', name: 'Daniel', role: 'buyer' },
  { sub: 'yuna', name: '유나', role: 'buyer' },
  { sub: 'taeyang', name: '태양', role: 'buyer' },
] as const satisfies readonly SamplePerson[];

export const ADMIN: SamplePerson = { sub: 'munova-admin', name: 'MUNOVA', role: 'admin' };

export interface SampleShoe {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly seller: (typeof SELLERS)[number]['sub'];
}

const shoe = (id: string, name: string, price: number, seller: SampleShoe['seller']): SampleShoe => ({
  id,
  name,
  price,
  seller,
});

export const SHOES: readonly SampleShoe[] = [
  shoe('shoe-101', '한강 스니커즈 화이트 (Hangang Sneakers White)', 89_000, 'seller-hangang'),
  shoe('shoe-102', '한강 스니커즈 블랙 (Hangang Sneakers Black)', 89_000, 'seller-hangang'),
  shoe('shoe-103', '여의도 로우탑 (Yeouido Low-Top)', 74_000, 'seller-hangang'),
  shoe('shoe-104', '반포 캔버스화 (Banpo Canvas)', 49_000, 'seller-hangang'),
  shoe('shoe-105', '뚝섬 하이탑 (Ttukseom High-Top)', 95_000, 'seller-hangang'),
  shoe('shoe-106', '망원 슬립온 (Mangwon Slip-On)', 59_000, 'seller-hangang'),
  shoe('shoe-107', '잠실 키즈 스니커즈 (Jamsil Kids Sneakers)', 45_000, 'seller-hangang'),
  shoe('shoe-108', '합정 스웨이드 (Hapjeong Suede)', 109_000, 'seller-hangang'),
  shoe('shoe-201', '성수 더비 구두 (Seongsu Derby)', 189_000, 'seller-seongsu'),
  shoe('shoe-202', '성수 옥스퍼드 (Seongsu Oxford)', 199_000, 'seller-seongsu'),
  shoe('shoe-203', '성수 페니 로퍼 (Seongsu Penny Loafer)', 169_000, 'seller-seongsu'),
  shoe('shoe-204', '성수 태슬 로퍼 (Seongsu Tassel Loafer)', 175_000, 'seller-seongsu'),
  shoe('shoe-205', '성수 첼시부츠 브라운 (Seongsu Chelsea Boots Brown)', 229_000, 'seller-seongsu'),
  shoe('shoe-206', '성수 첼시부츠 블랙 (Seongsu Chelsea Boots Black)', 229_000, 'seller-seongsu'),
  shoe('shoe-207', '성수 워커 (Seongsu Work Boots)', 249_000, 'seller-seongsu'),
  shoe('shoe-208', '성수 메리제인 (Seongsu Mary Jane)', 159_000, 'seller-seongsu'),
  shoe('shoe-209', '성수 몽크스트랩 (Seongsu Monk Strap)', 209_000, 'seller-seongsu'),
  shoe('shoe-301', '남산 데일리 러너 (Namsan Daily Runner)', 119_000, 'seller-namsan'),
  shoe('shoe-302', '남산 템포 (Namsan Tempo)', 139_000, 'seller-namsan'),
  shoe('shoe-303', '남산 마라톤 카본 (Namsan Marathon Carbon)', 269_000, 'seller-namsan'),
  shoe('shoe-304', '북한산 트레일 (Bukhansan Trail)', 149_000, 'seller-namsan'),
  shoe('shoe-305', '북한산 방수 등산화 (Bukhansan Waterproof Hiking)', 179_000, 'seller-namsan'),
  shoe('shoe-306', '남산 키즈 러너 (Namsan Kids Runner)', 69_000, 'seller-namsan'),
  shoe('shoe-307', '남산 리커버리 슬라이드 (Namsan Recovery Slide)', 45_000, 'seller-namsan'),
  shoe('shoe-308', '남산 워킹화 와이드 (Namsan Walking Wide)', 99_000, 'seller-namsan'),
  shoe('shoe-401', '제주 스포츠 샌들 (Jeju Sport Sandals)', 65_000, 'seller-jeju'),
  shoe('shoe-402', '제주 가죽 샌들 (Jeju Leather Sandals)', 85_000, 'seller-jeju'),
  shoe('shoe-403', '제주 플립플랍 (Jeju Flip-Flops)', 29_000, 'seller-jeju'),
  shoe('shoe-404', '제주 아쿠아슈즈 (Jeju Aqua Shoes)', 39_000, 'seller-jeju'),
  shoe('shoe-405', '제주 털 슬리퍼 (Jeju Fluffy Slippers)', 35_000, 'seller-jeju'),
  shoe('shoe-406', '제주 레인부츠 (Jeju Rain Boots)', 79_000, 'seller-jeju'),
  shoe('shoe-407', '제주 에스파드리유 (Jeju Espadrilles)', 69_000, 'seller-jeju'),
];

export interface SampleLine {
  readonly by: string;
  readonly text: string;
}
export interface SampleGroup {
  readonly key: string;
  readonly name: string;
  readonly owner: string;
  readonly maxParticipants: number;
  readonly tagCodes: readonly string[];
  readonly members: readonly string[];
  readonly lines: readonly SampleLine[];
}
export interface SampleInquiry {
  readonly product: string;
  readonly buyer: string;
  readonly lines: readonly SampleLine[];
}

export const GROUPS: readonly SampleGroup[] = [
  {
    key: 'seed-running',
    name: '주말 한강 러닝 모임',
    owner: 'junho',
    maxParticipants: 50,
    tagCodes: ['M_RUNNING', 'W_RUNNING'],
    members: ['minji', 'yuna', 'seller-namsan'],
    lines: [
      { by: 'junho', text: '이번 주 토요일 7시, 반포에서 10km 뛰실 분? 🏃' },
      { by: 'yuna', text: '저요! 데일리 러너 처음 신고 나가 봅니다.' },
      { by: 'seller-namsan', text: '첫날은 끈을 조금 느슨하게 묶어 보세요 🙂' },
      { by: 'minji', text: '저는 5km만 함께할게요 ㅎㅎ' },
    ],
  },
  {
    key: 'seed-boots',
    name: '부츠 관리 노하우',
    owner: 'seller-seongsu',
    maxParticipants: 100,
    tagCodes: ['M_BOOTS', 'W_BOOTS', 'M_CHELSEA_BOOTS'],
    members: ['sora', 'daniel'],
    lines: [
      { by: 'sora', text: '스웨이드 부츠에 물이 튀었는데 어떻게 하죠?' },
      { by: 'seller-seongsu', text: '그늘에서 말린 다음\n결 방향으로 솔질해 주세요.' },
      { by: 'daniel', text: 'Works for mine too, thank you! 👍' },
    ],
  },
  {
    key: 'seed-sneakers',
    name: '스니커즈 한정판 소식',
    owner: 'taeyang',
    maxParticipants: 300,
    tagCodes: ['M_SNEAKERS', 'W_SNEAKERS', 'U_SNEAKERS'],
    members: ['minji', 'junho', 'sora', 'seller-hangang'],
    lines: [
      { by: 'taeyang', text: '뚝섬 하이탑 재입고 언제인가요?' },
      { by: 'seller-hangang', text: '다음 주 화요일 오전 10시에 240~280 사이즈가 들어옵니다.' },
    ],
  },
  {
    key: 'seed-sandals',
    name: '여름 샌들 추천해요',
    owner: 'yuna',
    maxParticipants: 30,
    tagCodes: ['W_SANDALS'],
    members: ['sora', 'seller-jeju'],
    lines: [{ by: 'yuna', text: '발볼 넓은 사람도 편한 샌들이 있을까요?' }],
  },
];

export const INQUIRIES: readonly SampleInquiry[] = [
  {
    product: 'shoe-301',
    buyer: 'minji',
    lines: [
      { by: 'minji', text: '240 신는데 반 사이즈 크게 가야 할까요?' },
      { by: 'seller-namsan', text: '발볼이 넓으시면 245를 권해 드립니다 😊' },
    ],
  },
  {
    product: 'shoe-205',
    buyer: 'daniel',
    lines: [
      { by: 'daniel', text: 'Can these be resoled?' },
      { by: 'seller-seongsu', text: 'Yes. We resole them in our own workshop within a week.' },
    ],
  },
  { product: 'shoe-406', buyer: 'sora', lines: [{ by: 'sora', text: '발목 둘레가 어느 정도인가요?' }] },
];
