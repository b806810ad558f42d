create table notes (
  id bigint unsigned not null,
  body varchar(64),
  primary key(id)
);
