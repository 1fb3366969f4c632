int one(void);
int two(void);

/* Lines that patches need around them */
int init(void)
{
	int ret;

	ret = one();
	if (ret)
		return ret;

	return two();
}

int one(void)
{
	return 1;
}

int two(void)
{
	return 2;
}
