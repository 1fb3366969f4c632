// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's memory, section "memory": for each page that is not zero
 * u64 gpa; u8 data[page_size].
 */
#include "hcid_vmm.h"

static bool is_zero_page(const u8 *page, size_t size)
{
	return !page[0] && !memcmp(page, page + 1, size - 1);
}

void put_memory(struct buffer *file, struct vmm *vmm)
{
	const u8 *ram = addr_gpa2hva(vmm->vm, RAM_GPA);
	u32 page_size = vmm->vm->page_size;
	struct buffer section = {};
	u64 offset;

	for (offset = 0; offset < RAM_SIZE; offset += page_size) {
		if (is_zero_page(ram + offset, page_size))
			continue;

		put_u64(&section, RAM_GPA + offset);
		put(&section, ram + offset, page_size);
	}
	put_section(file, "memory", &section);
}

void get_memory(struct buffer *file, struct vmm *vmm)
{
	u8 *ram = addr_gpa2hva(vmm->vm, RAM_GPA);
	u32 page_size = vmm->vm->page_size;
	struct buffer section;
	u64 offset;

	if (!get_section(file, "memory", &section))
		refuse_all("the file has no memory");

	while (section.pos < section.size) {
		offset = get_u64(&section) - RAM_GPA;
		if (offset >= RAM_SIZE || offset % page_size)
			refuse_all("there is no memory at 0x%lx", RAM_GPA + offset);
		memcpy(ram + offset, get(&section, page_size), page_size);
	}
}
