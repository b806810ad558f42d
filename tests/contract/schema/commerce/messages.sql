create table mail (
  id bigint not null,
  priority bigint not null default 50,
  epoch bigint not null default 0,
  time_next bigint default 0,
  time_acked bigint,
  payload varchar(255),
  note json,
  primary key (id),
  key poller_idx (time_acked, priority, time_next desc),
  key ack_idx (time_acked, id)
) comment 'vitess_message,vt_min_backoff=1,vt_max_backoff=10,vt_ack_wait=2,vt_purge_after=20,vt_batch_size=3,vt_cache_size=1000,vt_poller_interval=1';
create table mailcols (
  id bigint not null,
  priority tinyint not null default 50,
  epoch bigint not null default 0,
  time_next bigint default 0,
  time_acked bigint,
  payload varchar(255),
  secret varchar(50),
  kind enum('a','b'),
  primary key (id),
  key poller_idx (time_acked, priority, time_next desc)
) comment 'vitess_message,vt_ack_wait=2,vt_purge_after=86400,vt_batch_size=10,vt_cache_size=1000,vt_poller_interval=1,vt_message_cols=id|kind|payload';
