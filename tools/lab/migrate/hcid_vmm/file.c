// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a saved VM, of the machine's own endianness: a header, and sections with a
 * name and a size each. What is in a section is told where it is written:
 *
 *	vm	hcid_vmm.c
 *	facts	facts.c; a VMM that knows nothing of them leaves it out
 *	devices	devices.c
 *	vcpus	rule.c
 *	gic	gic.c
 *	its	its.c, if the VM has one
 *	memory	memory.c
 */
#include <sys/stat.h>

#include "hcid_vmm.h"

#define FILE_MAGIC	"KVM-HCID"
#define FILE_ENDIAN	0x01020304U
#define FILE_VERSION	6

struct file_header {
	char magic[8];
	u32 endian;
	u32 version;
	u64 size;	/* of what follows the header */
	u64 checksum;	/* of what follows the header: FNV-1a */
};

struct section_header {
	char name[8];
	u64 size;	/* of what follows this header */
};

static u64 checksum(const u8 *data, size_t size)
{
	u64 sum = 0xcbf29ce484222325ULL;

	while (size--)
		sum = (sum ^ *data++) * 0x100000001b3ULL;

	return sum;
}

void put(struct buffer *buf, const void *data, size_t size)
{
	while (buf->pos + size > buf->size) {
		buf->size = buf->size ? 2 * buf->size : 1 << 20;
		buf->data = realloc(buf->data, buf->size);
		TEST_ASSERT(buf->data, "Out of memory");
	}

	memcpy(buf->data + buf->pos, data, size);
	buf->pos += size;
}

void put_u64(struct buffer *buf, u64 val)
{
	put(buf, &val, sizeof(val));
}

/* Ends the section */
void put_section(struct buffer *file, const char *name, struct buffer *section)
{
	struct section_header hdr = { .size = section->pos };

	memcpy(hdr.name, name, strnlen(name, sizeof(hdr.name)));
	put(file, &hdr, sizeof(hdr));
	put(file, section->data, section->pos);
	free(section->data);
}

void write_file(const char *name, struct buffer *buf)
{
	struct file_header hdr = {
		.magic = FILE_MAGIC,
		.endian = FILE_ENDIAN,
		.version = FILE_VERSION,
		.size = buf->pos,
		.checksum = checksum(buf->data, buf->pos),
	};
	FILE *file = fopen(name, "wb");

	if (!file || fwrite(&hdr, sizeof(hdr), 1, file) != 1 ||
	    fwrite(buf->data, buf->pos, 1, file) != 1 || fclose(file))
		refuse_all("%s: %s", name, strerror(errno));
}

const void *get(struct buffer *buf, size_t size)
{
	const void *data = buf->data + buf->pos;

	if (size > buf->size - buf->pos)
		refuse_all("the file ends in the middle of something");

	buf->pos += size;
	return data;
}

u64 get_u64(struct buffer *buf)
{
	u64 val;

	memcpy(&val, get(buf, sizeof(val)), sizeof(val));
	return val;
}

void get_end(struct buffer *buf)
{
	if (buf->pos != buf->size)
		refuse_all("a section of the file goes on after its end");
}

/* Whether the file has it; @section is a part of @file then */
bool get_section(struct buffer *file, const char *name, struct buffer *section)
{
	struct section_header hdr;
	const void *data;

	file->pos = 0;
	while (file->pos < file->size) {
		memcpy(&hdr, get(file, sizeof(hdr)), sizeof(hdr));
		data = get(file, hdr.size);
		if (!strncmp(hdr.name, name, sizeof(hdr.name))) {
			*section = (struct buffer) { .data = (u8 *)data, .size = hdr.size };
			return true;
		}
	}

	return false;
}

void drop_section(struct buffer *file, const char *name)
{
	struct buffer section;
	u8 *begin, *end;

	if (!get_section(file, name, &section))
		refuse_all("the file has no section %s", name);

	begin = section.data - sizeof(struct section_header);
	end = section.data + section.size;
	memmove(begin, end, file->data + file->size - end);
	file->size -= end - begin;
}

/* Nothing is done with a file before all of it is known to be good */
void read_file(const char *name, struct buffer *buf)
{
	struct file_header hdr;
	FILE *file = fopen(name, "rb");
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		refuse_all("%s: %s", name, strerror(errno));

	if (fread(&hdr, sizeof(hdr), 1, file) != 1)
		refuse_all("%s is too short for a header", name);
	if (memcmp(hdr.magic, FILE_MAGIC, sizeof(hdr.magic)))
		refuse_all("%s is not a saved VM", name);
	if (hdr.endian == __builtin_bswap32(FILE_ENDIAN))
		refuse_all("%s is of the other endianness", name);
	if (hdr.endian != FILE_ENDIAN)
		refuse_all("%s is of an unknown endianness", name);
	if (hdr.version != FILE_VERSION)
		refuse_all("%s is of version %u, wanted %u", name, hdr.version, FILE_VERSION);
	if (hdr.size != st.st_size - sizeof(hdr))
		refuse_all("%s has %lu bytes, wanted %lu: truncated?", name,
			   st.st_size - sizeof(hdr), hdr.size);

	*buf = (struct buffer) { .data = malloc(hdr.size), .size = hdr.size };
	if (!buf->data || fread(buf->data, 1, hdr.size, file) != hdr.size)
		refuse_all("%s cannot be read", name);
	if (checksum(buf->data, buf->size) != hdr.checksum)
		refuse_all("%s is corrupted: wrong checksum", name);

	fclose(file);
}
