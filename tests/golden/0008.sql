-- Made by tests/golden/make.py.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'first','2026-11-30 19:25:10',1,X'D9AB8C4721A74DFCD1B415C9BB6F8E79C6A111B84A7DFB384586B6440829BE1478C8263D7855F81ED246008DF895B41E',2363724);
INSERT INTO "_sqlx_migrations" VALUES(2,'follow','2026-11-30 19:25:10',1,X'A82AF73F06FB128F122DBDD1F22ED89A3CFB7D0900FCD1573783C881C51611989B3BECA4BF9B6B62EB998CAE662B7880',1004024);
INSERT INTO "_sqlx_migrations" VALUES(3,'learnt','2026-11-30 19:25:10',1,X'D5976F9D86D50B3A9ED94898E12F5249A8AE44E646594FD831945206485D55747B85AB30AD9D1BEF8417763F2D2835F1',595075);
INSERT INTO "_sqlx_migrations" VALUES(4,'due','2026-11-30 19:25:10',1,X'CE458924931BA4799565D1AF1AEA2AD09399E044C338E30F741AACA1BE1EF5AA5CF8749413E330BA6DEAD2457200A5CF',771299);
INSERT INTO "_sqlx_migrations" VALUES(5,'identity','2026-11-30 19:25:10',1,X'89D821966C3EB39219270EC3F1D24A3FF8A27F54DBCD053315DCA4AD784CA26190F9120EFDC567F02341428BCA38C5C3',1821535);
INSERT INTO "_sqlx_migrations" VALUES(6,'configured','2026-11-30 19:25:10',1,X'78A73B951EF2B35201C22C83735DD9577A0EA6A47E6E7F159E480E085326990D5F3E4DD3E53C941AB39420C684A70F8F',637802);
INSERT INTO "_sqlx_migrations" VALUES(7,'set_aside','2026-11-30 19:25:10',1,X'3B15EF8F62D1054428F99302D74A6552A9EF412C39D77E43F7FEC5520545C8CB781A48744CCB9A2F979109143D78BB71',663081);
INSERT INTO "_sqlx_migrations" VALUES(8,'plain_names','2026-11-30 19:25:10',1,X'4B06715EFD4D70F36E05355DBB06CD67CFC58B70C31D918C4202E3CBC6B0EDED66F826B7125DC9567EC18A2A72E55A35',10969146);
CREATE TABLE alert (
    number  integer primary key autoincrement,    -- in the order of admission: the stream's event id, never reused
    id      text not null unique,
    kind    text not null,                        -- the type that receivers get
    item    integer references item (number) on delete set null, -- null: an event, or the item is gone
    made_at integer not null,
    content    text not null                         -- the alert as JSON
) strict;
INSERT INTO "alert" VALUES(1,'94km02svcme7cqyw5v5avng825','source.activated',NULL,1796066710325919,'{"event":{"kind":"source.activated","at":"2026-11-30T19:25:10.325919Z","message":"first visit of wire: 1 item","detail":{"source":"wire","items":1,"samples":[{"title":"Old lighthouse reopens","url":"https://news.example.org/lighthouse"}]}}}');
INSERT INTO "alert" VALUES(2,'7hcnk5fjdavzvc3pcm7n5xtt1k','item.matched',2,1796066712374544,'{"item":{"id":"t7050ey7ccxt1c0qbk57","source":"wire","item":{"address":"https://news.example.org/clinics","guid":"https://news.example.org/clinics","title":"The council adopts a plan for clinics","title_from":"feed","summary":"The council met for two days and agreed on a plan for clinics, water and schools; the next meeting will look at what was built and at what it cost.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":4,"end":11,"text":"council","how":{},"context":"The council adopts a plan for clinics"},{"watch":"all","term":"council","concept":null,"field":"summary","start":4,"end":11,"text":"council","how":{},"context":"The council met for two days and agreed on a plan for clinics, water an…"}],"total":2}],"urgent":false}}');
INSERT INTO "alert" VALUES(3,'y3a4dbpmxqfd5m491dkx22s0ef','item.matched',3,1796066712374544,'{"item":{"id":"ftjpr181rsy54cq30wac","source":"wire","item":{"address":"https://news.example.org/harbour","guid":"https://news.example.org/harbour","title":"Council opens a harbour in the north","title_from":"feed","summary":"After eleven years of work the harbour took its first ship on Monday, while fishermen asked for lamps along the pier and a lower price of ropes in winter.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council opens a harbour in the north"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(4,'x8fehp364wy9p9q5b9mw7qpdtb','item.matched',4,1796066712374544,'{"item":{"id":"v4c68yerme29zrecrnxv","source":"wire","item":{"address":"https://news.example.org/session","guid":"wire-3","title":"المجلس يعقد دورة استثنائية","title_from":"feed","summary":"عقد المجلس دورة استثنائية في المدينة لبحث الأوضاع الإنسانية، ودعا council إلى تقديم المساعدات العاجلة للأسر التي فقدت بيوتها في الفيضانات الأخيرة.","text":"","text_state":"excerpt","lang":"ar","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"summary","start":66,"end":73,"text":"council","how":{},"context":"…مجلس دورة استثنائية في المدينة لبحث الأوضاع الإنسانية، ودعا council إلى تقديم المساعدات العاجلة للأسر التي فقدت بيوتها في الفيض…"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(5,'24hh7px2qhcracen9j219thvxq','item.matched',5,1796066712374544,'{"item":{"id":"ytghf4aqqrwnv6s3np9g","source":"wire","item":{"address":"https://news.example.org/envoy","guid":"https://news.example.org/envoy","title":"Council names a new envoy","title_from":"feed","summary":"The new envoy is a lawyer from the coast who taught at two universities; she begins in March and will first visit the refugee camps along the eastern border.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council names a new envoy"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(6,'b891kwxqf77wtdnh2m863tjkq1','item.matched',6,1796066712374544,'{"item":{"id":"a50nbh6tvqfzgz6v14rr","source":"wire","item":{"address":"https://news.example.org/budget","guid":"https://news.example.org/budget","title":"Council budget passes by one vote","title_from":"feed","summary":"By a single vote the delegates passed a budget that spends a third more on bridges and roads, and nothing at all on the museum that burned down last summer.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council budget passes by one vote"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(7,'dxj9nagvyf9qgc84cfp2npvaye','item.matched',7,1796066712374544,'{"item":{"id":"5tc7k1d435f5e0839htc","source":"wire","item":{"address":"https://news.example.org/letters","guid":"https://news.example.org/letters","title":"Council member resigns over letters","title_from":"feed","summary":"A member for the southern district resigned on Thursday evening after a newspaper printed letters in which he offered a seat on the board to his brother-in-law.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council member resigns over letters"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(8,'64by04cms8bd91r11ajev51c2a','item.matched',8,1796066712374544,'{"item":{"id":"s73qb37mwhzhsn02kjwg","source":"wire","item":{"address":"https://news.example.org/lanterns","guid":"https://news.example.org/lanterns","title":"Council bans lanterns near the forest","title_from":"feed","summary":"Paper lanterns may no longer be flown within nine kilometres of the forest, where dry wind carried sparks over the river and set the mill on fire twice this year.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:12.374544Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council bans lanterns near the forest"}],"total":1}],"urgent":false}}');
CREATE TABLE "alerted" (
    watch_id text not null,
    about    blob not null,                       -- 16 bytes: of a text or of an item
    at       integer not null,
    primary key (watch_id, about)
) strict, without rowid;
INSERT INTO "alerted" VALUES('all',X'317266386D786E7061623174716D7772',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'3774687A6E3377677066676538307070',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'396564743967766B703667616D6A6773',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'62776D346D7733746A63776177683265',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'63763772333771743067306B3079336D',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'637A356E733874373233796664716173',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'66333972706A6672726B636278723273',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'667276763671376D37336E617A6E6E6E',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'6674637633397771706E726435786661',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'67677A716364387764337271766A6862',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'677366316272703935616A7968307677',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'72767879397671357438636133383935',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'73366770356A7A373074687272366471',1796066712374544);
INSERT INTO "alerted" VALUES('all',X'7A38326A676564306E6A363776786A66',1796066712374544);
CREATE TABLE attempt (
    delivery   integer not null references delivery (number) on delete cascade,
    number     integer not null,
    started_at integer not null,
    took_us    integer,                           -- null: it has not ended, or the process died in it
    outcome    text,                              -- null: likewise; else the outcome as JSON
    primary key (delivery, number)
) strict, without rowid;
INSERT INTO "attempt" VALUES(1,1,1796066712395398,6065,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(2,1,1796066712405276,2247,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(3,1,1796066712410659,3430,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(4,1,1796066712416786,1691,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(5,1,1796066712421281,16106,'{"failed":{"reason":{"class":"status","status":500,"message":"127.0.0.1:43341 answers 500","answer":"later"},"after":null}}');
INSERT INTO "attempt" VALUES(6,1,1796066712440669,NULL,NULL);
CREATE TABLE baseline_key (
    source_id text not null,
    key       blob not null,                      -- 16 bytes
    primary key (source_id, key)
) strict, without rowid;
CREATE TABLE channel (
    id       text primary key,
    next_seq integer not null default 1
) strict, without rowid;
INSERT INTO "channel" VALUES('desk',8);
CREATE TABLE configured (
    kind        text not null check (kind in ('watch', 'channel')),
    id          text not null,
    removed_at  integer,                          -- null: it is configured
    missed_at   integer,                          -- null: it missed nothing; else since when it may have
    missed_from integer,                          -- null: likewise; else the first item (of a watch) or alert (of a channel)
    primary key (kind, id)
) strict, without rowid;
INSERT INTO "configured" VALUES('channel','desk',NULL,NULL,NULL);
INSERT INTO "configured" VALUES('watch','all',NULL,NULL,NULL);
CREATE TABLE delivery (
    number           integer primary key autoincrement,
    id               text not null unique,        -- webhook-id, local part of the Message-ID
    alert            integer not null references alert (number),
    channel_id       text not null,
    recipient        text not null,               -- empty: the channel has but one
    seq              integer not null,            -- without gaps on its channel
    state            text not null check (state in ('pending', 'inflight', 'held', 'delivered', 'dead', 'cancelled')),
    urgent           integer not null default 0,
    attempts         integer not null default 0,
    made_at          integer not null,
    next_attempt_at  integer,                     -- null: there will be none
    first_attempt_at integer,                     -- null: none has been made
    settled_at       integer,                     -- null: not yet delivered, dead or cancelled
    replayed         integer not null default 0,
    last_reason      text,                        -- null: no attempt has failed; else the reason as JSON
    body             blob not null,               -- the bytes that every attempt sends
    unique (channel_id, seq)
) strict;
INSERT INTO "delivery" VALUES(1,'msg_ebwmeq0yedgx4be7bbtsach12g',2,'desk','',1,'dead',0,1,1796066712374544,NULL,1796066712395398,1796066712374544,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A312C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A2274373035306579376363787431633071626B3537222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F636C696E696373222C227469746C65223A2254686520636F756E63696C2061646F707473206120706C616E20666F7220636C696E696373222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A2254686520636F756E63696C206D657420666F722074776F206461797320616E6420616772656564206F6E206120706C616E20666F7220636C696E6963732C20776174657220616E64207363686F6F6C733B20746865206E657874206D656574696E672077696C6C206C6F6F6B206174207768617420776173206275696C7420616E64206174207768617420697420636F73742E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A342C22656E64223A31312C2274657874223A22636F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A2254686520636F756E63696C2061646F707473206120706C616E20666F7220636C696E696373227D2C7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A2273756D6D617279222C227374617274223A342C22656E64223A31312C2274657874223A22636F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A2254686520636F756E63696C206D657420666F722074776F206461797320616E6420616772656564206F6E206120706C616E20666F7220636C696E6963732C20776174657220616EE280A6227D5D2C226D6174636865735F746F74616C223A327D7D');
INSERT INTO "delivery" VALUES(2,'msg_5hbrxjhj89tzbpkb50rcc8ymrm',3,'desk','',2,'cancelled',0,1,1796066712374544,NULL,1796066712405276,1796066712374544,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A322C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A2266746A7072313831727379353463713330776163222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F686172626F7572222C227469746C65223A22436F756E63696C206F70656E73206120686172626F757220696E20746865206E6F727468222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22416674657220656C6576656E207965617273206F6620776F726B2074686520686172626F757220746F6F6B206974732066697273742073686970206F6E204D6F6E6461792C207768696C65206669736865726D656E2061736B656420666F72206C616D707320616C6F6E6720746865207069657220616E642061206C6F776572207072696365206F6620726F70657320696E2077696E7465722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C206F70656E73206120686172626F757220696E20746865206E6F727468227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(3,'msg_gm25tt2aymgz6t15hqxa7r1425',4,'desk','',3,'held',0,1,1796066712374544,1796066712374544,1796066712410659,NULL,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A332C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A2276346336387965726D6532397A726563726E7876222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F73657373696F6E222C227469746C65223A22D8A7D984D985D8ACD984D8B320D98AD8B9D982D8AF20D8AFD988D8B1D8A920D8A7D8B3D8AAD8ABD986D8A7D8A6D98AD8A9222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22D8B9D982D8AF20D8A7D984D985D8ACD984D8B320D8AFD988D8B1D8A920D8A7D8B3D8AAD8ABD986D8A7D8A6D98AD8A920D981D98A20D8A7D984D985D8AFD98AD986D8A920D984D8A8D8ADD8AB20D8A7D984D8A3D988D8B6D8A7D8B920D8A7D984D8A5D986D8B3D8A7D986D98AD8A9D88C20D988D8AFD8B9D8A720636F756E63696C20D8A5D984D98920D8AAD982D8AFD98AD98520D8A7D984D985D8B3D8A7D8B9D8AFD8A7D8AA20D8A7D984D8B9D8A7D8ACD984D8A920D984D984D8A3D8B3D8B120D8A7D984D8AAD98A20D981D982D8AFD8AA20D8A8D98AD988D8AAD987D8A720D981D98A20D8A7D984D981D98AD8B6D8A7D986D8A7D8AA20D8A7D984D8A3D8AED98AD8B1D8A92E222C22746578745F7374617465223A2265786365727074222C226C616E67223A226172222C22646972223A2272746C222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A2273756D6D617279222C227374617274223A36362C22656E64223A37332C2274657874223A22636F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22E280A6D985D8ACD984D8B320D8AFD988D8B1D8A920D8A7D8B3D8AAD8ABD986D8A7D8A6D98AD8A920D981D98A20D8A7D984D985D8AFD98AD986D8A920D984D8A8D8ADD8AB20D8A7D984D8A3D988D8B6D8A7D8B920D8A7D984D8A5D986D8B3D8A7D986D98AD8A9D88C20D988D8AFD8B9D8A720636F756E63696C20D8A5D984D98920D8AAD982D8AFD98AD98520D8A7D984D985D8B3D8A7D8B9D8AFD8A7D8AA20D8A7D984D8B9D8A7D8ACD984D8A920D984D984D8A3D8B3D8B120D8A7D984D8AAD98A20D981D982D8AFD8AA20D8A8D98AD988D8AAD987D8A720D981D98A20D8A7D984D981D98AD8B6E280A6227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(4,'msg_pyttpt7pcwvnq0an500z9myrgf',5,'desk','',4,'delivered',0,1,1796066712374544,NULL,1796066712416786,1796066712420062,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A342C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A2279746768663461717172776E763673336E703967222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F656E766F79222C227469746C65223A22436F756E63696C206E616D65732061206E657720656E766F79222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22546865206E657720656E766F792069732061206C61777965722066726F6D2074686520636F6173742077686F207461756768742061742074776F20756E697665727369746965733B2073686520626567696E7320696E204D6172636820616E642077696C6C2066697273742076697369742074686520726566756765652063616D707320616C6F6E6720746865206561737465726E20626F726465722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C206E616D65732061206E657720656E766F79227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(5,'msg_n6nchtvf8xtyany93gh4v6gq0h',6,'desk','',5,'pending',0,1,1796066712374544,1796066717939075,1796066712421281,NULL,0,'{"class":"status","status":500,"message":"127.0.0.1:43341 answers 500","answer":"later"}',X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A352C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A226135306E626836747671667A677A367631347272222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F627564676574222C227469746C65223A22436F756E63696C2062756467657420706173736573206279206F6E6520766F7465222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22427920612073696E676C6520766F7465207468652064656C656761746573207061737365642061206275646765742074686174207370656E64732061207468697264206D6F7265206F6E206272696467657320616E6420726F6164732C20616E64206E6F7468696E6720617420616C6C206F6E20746865206D757365756D2074686174206275726E656420646F776E206C6173742073756D6D65722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C2062756467657420706173736573206279206F6E6520766F7465227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(6,'msg_bw6xhykm6kzswsp9v4y4p7ym8t',7,'desk','',6,'inflight',0,1,1796066712374544,1796066717940669,1796066712440669,NULL,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A362C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A22357463376B316434333566356530383339687463222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F6C657474657273222C227469746C65223A22436F756E63696C206D656D6265722072657369676E73206F766572206C657474657273222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A2241206D656D62657220666F722074686520736F75746865726E2064697374726963742072657369676E6564206F6E205468757273646179206576656E696E672061667465722061206E6577737061706572207072696E746564206C65747465727320696E207768696368206865206F66666572656420612073656174206F6E2074686520626F61726420746F206869732062726F746865722D696E2D6C61772E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C206D656D6265722072657369676E73206F766572206C657474657273227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(7,'msg_01b8h0qek4b7699vcvvgf2amct',8,'desk','',7,'pending',0,0,1796066712374544,1796066712374544,NULL,NULL,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A31325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A372C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A22733733716233376D77687A68736E30326B6A7767222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F6C616E7465726E73222C227469746C65223A22436F756E63696C2062616E73206C616E7465726E73206E6561722074686520666F72657374222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A225061706572206C616E7465726E73206D6179206E6F206C6F6E67657220626520666C6F776E2077697468696E206E696E65206B696C6F6D6574726573206F662074686520666F726573742C207768657265206472792077696E64206361727269656420737061726B73206F7665722074686520726976657220616E642073657420746865206D696C6C206F6E2066697265207477696365207468697320796561722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A31325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C2062616E73206C616E7465726E73206E6561722074686520666F72657374227D5D2C226D6174636865735F746F74616C223A317D7D');
CREATE TABLE follow (
    number       integer primary key,
    source_id    text not null,
    host         text not null,                   -- of its page: one host is asked at a time
    key          text not null,                   -- its address, in the form that is compared
    content_hash blob not null,                   -- what the source said of it
    content         text not null,                   -- the item as JSON, as the source gave it
    seen_at      integer not null,                -- first sight: its wait counts from here
    tries        integer not null default 0,
    next_try_at  integer not null,
    item         integer references item (number) on delete cascade -- null: it waits and is not admitted yet
) strict;
CREATE TABLE item (
    number        integer primary key,            -- in the order of admission: the cursor of listings
    id            text not null unique,
    source_id     text not null,                  -- the source that brought it first and revises it
    content_hash  blob not null,
    hash_version  integer not null,
    revision      integer not null default 1,
    first_seen_at integer not null,
    revised_at    integer,                        -- null: it is as it was first seen
    content          text not null,                  -- the item as JSON
    title         text generated always as (content ->> '$.title') virtual,
    address       text generated always as (content ->> '$.address') virtual
) strict;
INSERT INTO "item" VALUES(1,'sdhzdzbrewwak5tva87z','wire',X'D8B18AD46D32DEEFDE1663FA8DC8AF02',1,1,1796066710325919,NULL,'{"address":"https://news.example.org/lighthouse","guid":null,"title":"Old lighthouse reopens","title_from":"feed","summary":"What stood there before the first visit.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(2,'t7050ey7ccxt1c0qbk57','wire',X'60D4A2FB3AE07641916DCA6C61EB8AE4',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/clinics","guid":"https://news.example.org/clinics","title":"The council adopts a plan for clinics","title_from":"feed","summary":"The council met for two days and agreed on a plan for clinics, water and schools; the next meeting will look at what was built and at what it cost.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(3,'ftjpr181rsy54cq30wac','wire',X'3C27A09E7B53D2DBE69015D7F61557D0',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/harbour","guid":"https://news.example.org/harbour","title":"Council opens a harbour in the north","title_from":"feed","summary":"After eleven years of work the harbour took its first ship on Monday, while fishermen asked for lamps along the pier and a lower price of ropes in winter.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(4,'v4c68yerme29zrecrnxv','wire',X'B090BC42989BA8A8F343D9A177B9CF9F',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/session","guid":"wire-3","title":"المجلس يعقد دورة استثنائية","title_from":"feed","summary":"عقد المجلس دورة استثنائية في المدينة لبحث الأوضاع الإنسانية، ودعا council إلى تقديم المساعدات العاجلة للأسر التي فقدت بيوتها في الفيضانات الأخيرة.","text":"","text_state":"excerpt","lang":"ar","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(5,'ytghf4aqqrwnv6s3np9g','wire',X'2E808656FB356282E9C60EB8669F80EC',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/envoy","guid":"https://news.example.org/envoy","title":"Council names a new envoy","title_from":"feed","summary":"The new envoy is a lawyer from the coast who taught at two universities; she begins in March and will first visit the refugee camps along the eastern border.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(6,'a50nbh6tvqfzgz6v14rr','wire',X'DD1A6B084379FB9176D275FC84FA2523',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/budget","guid":"https://news.example.org/budget","title":"Council budget passes by one vote","title_from":"feed","summary":"By a single vote the delegates passed a budget that spends a third more on bridges and roads, and nothing at all on the museum that burned down last summer.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(7,'5tc7k1d435f5e0839htc','wire',X'D9C11A6A95C7E33B577675EF0ABDEC1E',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/letters","guid":"https://news.example.org/letters","title":"Council member resigns over letters","title_from":"feed","summary":"A member for the southern district resigned on Thursday evening after a newspaper printed letters in which he offered a seat on the board to his brother-in-law.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(8,'s73qb37mwhzhsn02kjwg','wire',X'FBEC59271B70083E3DCD38EB1BB20387',1,1,1796066712374544,NULL,'{"address":"https://news.example.org/lanterns","guid":"https://news.example.org/lanterns","title":"Council bans lanterns near the forest","title_from":"feed","summary":"Paper lanterns may no longer be flown within nine kilometres of the forest, where dry wind carried sparks over the river and set the mill on fire twice this year.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
CREATE TABLE item_key (
    key  blob not null,                           -- 16 bytes
    item integer not null references item (number) on delete cascade,
    kind text not null,                           -- address, guid, text, title
    primary key (key, item)
) strict, without rowid;
INSERT INTO "item_key" VALUES(X'0366B3C128B1D803F1F26C0610C70373',8,'title');
INSERT INTO "item_key" VALUES(X'0FC9BD7D53E9CF3B4E4B8AFB50090409',5,'body');
INSERT INTO "item_key" VALUES(X'12EA3D0E2F9579309DA710500A9B5FA8',2,'guid');
INSERT INTO "item_key" VALUES(X'1508FA23A46AFE2739E8369650005B0A',2,'body');
INSERT INTO "item_key" VALUES(X'19FBDDE52794CE9A4397BACD4A1C61E7',6,'address');
INSERT INTO "item_key" VALUES(X'25A2C83DD803758BFD0684835D6421CD',1,'address');
INSERT INTO "item_key" VALUES(X'29019A9BC86D6B1E014B8E63DEE9C9A2',4,'address');
INSERT INTO "item_key" VALUES(X'29769E50221AE18C40C560A609E7BB9D',6,'body');
INSERT INTO "item_key" VALUES(X'2E808656FB356282E9C60EB8669F80EC',5,'text');
INSERT INTO "item_key" VALUES(X'35989A8117316EFDB508BA49E2A8BD98',3,'body');
INSERT INTO "item_key" VALUES(X'3C12D419C5D7309C78FCFC6063ECAC1A',7,'body');
INSERT INTO "item_key" VALUES(X'3C27A09E7B53D2DBE69015D7F61557D0',3,'text');
INSERT INTO "item_key" VALUES(X'41B39DAF711C197C9A3A86ACEF1DBAA1',8,'address');
INSERT INTO "item_key" VALUES(X'44837A919240002ED34E2E9763D78B80',2,'title');
INSERT INTO "item_key" VALUES(X'4700A4998A5542F37E4A5DCA138906B2',5,'guid');
INSERT INTO "item_key" VALUES(X'60D4A2FB3AE07641916DCA6C61EB8AE4',2,'text');
INSERT INTO "item_key" VALUES(X'6C9D04A3F4477C83168ACC5EB77E2AEC',3,'title');
INSERT INTO "item_key" VALUES(X'7E7C0C3A76DC23CD3C09BB60A779C538',1,'place');
INSERT INTO "item_key" VALUES(X'89B66906A2FBE693EA261FF79732E4E2',8,'guid');
INSERT INTO "item_key" VALUES(X'9376A3E9ECAB37B5820387D91B8DAD38',3,'guid');
INSERT INTO "item_key" VALUES(X'98D5A3CACA0991CCE881D131165C4744',4,'title');
INSERT INTO "item_key" VALUES(X'98DCB1E6528D43353BDCAECB08257D98',7,'address');
INSERT INTO "item_key" VALUES(X'B090BC42989BA8A8F343D9A177B9CF9F',4,'text');
INSERT INTO "item_key" VALUES(X'B5416DA25BB14336CE98574110296234',7,'guid');
INSERT INTO "item_key" VALUES(X'BFBA548E408DA1136E7DB16DC58504E0',5,'title');
INSERT INTO "item_key" VALUES(X'C12BD260EBED6A7C370005BCA7A3EA07',6,'guid');
INSERT INTO "item_key" VALUES(X'C3046D07366C2175CA466E832EE59311',5,'address');
INSERT INTO "item_key" VALUES(X'CD8FCDB1BABA060ACDE9C581D54957FB',7,'title');
INSERT INTO "item_key" VALUES(X'D69FD03B47489E12B2D610BA26ECAF1C',3,'address');
INSERT INTO "item_key" VALUES(X'D9C11A6A95C7E33B577675EF0ABDEC1E',7,'text');
INSERT INTO "item_key" VALUES(X'DB6AD11E2B927827415DD06087C456FD',6,'title');
INSERT INTO "item_key" VALUES(X'DD1A6B084379FB9176D275FC84FA2523',6,'text');
INSERT INTO "item_key" VALUES(X'EA81EC2407F9C009E51779296187BFA3',4,'guid');
INSERT INTO "item_key" VALUES(X'F327179535B7846B4D3E6FEBBD22AD8D',2,'address');
INSERT INTO "item_key" VALUES(X'F6BF665E385C756E5B4DA7C92FED77A4',8,'body');
INSERT INTO "item_key" VALUES(X'FBEC59271B70083E3DCD38EB1BB20387',8,'text');
CREATE TABLE meta (
    key   text primary key,
    value text not null
) strict, without rowid;
INSERT INTO "meta" VALUES('epoch','1');
INSERT INTO "meta" VALUES('key_version','3');
INSERT INTO "meta" VALUES('ping','1');
CREATE TABLE "page_memory" (
    source_id text primary key,
    places    text,                               -- null: not a page that is read by where its items stand; else as JSON
    blocks    text                                -- null: no article page was read yet; else what they have in common, as JSON
, volatile text) strict, without rowid;
CREATE TABLE set_aside (
    what      text not null,                      -- item, page, event or the table of an unreadable row
    name      text not null,                      -- an item's address or title, an event's type, a row's key
    source_id text,                               -- null: it belongs to no source
    why       text not null,
    first_at  integer not null,
    last_at   integer not null,
    count     integer not null default 1,         -- how often it was met
    primary key (what, name)
) strict, without rowid;
CREATE TABLE sighting (
    item         integer not null references item (number) on delete cascade,
    source_id    text not null,
    address      text not null,                   -- empty: the item links to nothing
    content_hash blob not null,                   -- what this source said of it last
    first_at     integer not null,
    last_at      integer not null,
    count        integer not null default 1,
    baseline     integer not null default 0,      -- 1: first seen in the source's quiet first visit
    primary key (item, source_id, address)
) strict, without rowid;
INSERT INTO "sighting" VALUES(1,'wire','https://news.example.org/lighthouse',X'D8B18AD46D32DEEFDE1663FA8DC8AF02',1796066710325919,1796066712374544,3,1);
INSERT INTO "sighting" VALUES(2,'wire','https://news.example.org/clinics',X'60D4A2FB3AE07641916DCA6C61EB8AE4',1796066712374544,1796066712374544,1,0);
INSERT INTO "sighting" VALUES(3,'wire','https://news.example.org/harbour',X'3C27A09E7B53D2DBE69015D7F61557D0',1796066712374544,1796066712374544,1,0);
INSERT INTO "sighting" VALUES(4,'wire','https://news.example.org/session',X'B090BC42989BA8A8F343D9A177B9CF9F',1796066712374544,1796066712374544,1,0);
INSERT INTO "sighting" VALUES(5,'wire','https://news.example.org/envoy',X'2E808656FB356282E9C60EB8669F80EC',1796066712374544,1796066712374544,1,0);
INSERT INTO "sighting" VALUES(6,'wire','https://news.example.org/budget',X'DD1A6B084379FB9176D275FC84FA2523',1796066712374544,1796066712374544,1,0);
INSERT INTO "sighting" VALUES(7,'wire','https://news.example.org/letters',X'D9C11A6A95C7E33B577675EF0ABDEC1E',1796066712374544,1796066712374544,1,0);
INSERT INTO "sighting" VALUES(8,'wire','https://news.example.org/lanterns',X'FBEC59271B70083E3DCD38EB1BB20387',1796066712374544,1796066712374544,1,0);
CREATE TABLE source (
    id              text primary key,
    address         text not null,
    state           text not null default 'new',  -- new, healthy, failing, blocked, …
    next_visit_at   integer,                      -- null: as soon as there is room
    last_visit_at   integer,                      -- null: never visited
    last_success_at integer,                      -- null: never read
    failures        integer not null default 0,   -- in a row
    failing_since   integer,                      -- null: the last visit went well
    last_error      text,                         -- null: the last visit went well
    degraded        text,                         -- null: the last document was whole
    ambiguous_keys       text not null default '',     -- kinds of key that do not tell its items apart, by commas
    etag            text,                         -- null: the server gave none
    last_modified   text,                         -- null: the server gave none
    activated_at    integer,                      -- null: no visit has found an item yet
    removed_at      integer                       -- null: it is configured
, whole_at integer) strict;
INSERT INTO "source" VALUES('wire','http://127.0.0.1:43341/feed','healthy',1796066713394189,1796066712374544,1796066712374544,0,NULL,NULL,NULL,'',NULL,NULL,1796066710325919,NULL,1796066710325919);
CREATE INDEX item_by_source on item (source_id, number);
CREATE INDEX item_key_by_item on item_key (item);
CREATE INDEX sighting_by_source on sighting (source_id);
CREATE INDEX alert_by_item on alert (item);
CREATE INDEX delivery_due on delivery (channel_id, next_attempt_at) where state = 'pending';
CREATE INDEX delivery_open on delivery (state, made_at) where state in ('pending', 'inflight', 'held');
CREATE INDEX delivery_by_alert on delivery (alert);
CREATE UNIQUE INDEX follow_waiting on follow (source_id, key, content_hash) where item is null;
CREATE INDEX follow_due on follow (next_try_at);
CREATE INDEX follow_by_item on follow (item);
CREATE INDEX delivery_first on delivery (channel_id, seq, next_attempt_at) where state = 'pending' and attempts = 0;
CREATE INDEX delivery_repeat on delivery (channel_id, next_attempt_at, seq) where state = 'pending' and attempts > 0;
CREATE INDEX delivery_in_flight on delivery (id) where state = 'inflight';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('alert',8);
INSERT INTO "sqlite_sequence" VALUES('delivery',7);
COMMIT;
