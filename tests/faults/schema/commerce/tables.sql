create table orders (
  id bigint unsigned not null,
  serial bigint not null,
  word varchar(60),
  body mediumtext,
  primary key (id)
);
create table items (
  id bigint unsigned not null,
  serial bigint not null,
  word varchar(60),
  body mediumtext,
  primary key (id)
);
create table parts (
  id bigint unsigned not null,
  serial bigint not null,
  word varchar(60),
  body mediumtext,
  primary key (id)
);
