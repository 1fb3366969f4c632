# kvm_feat profile 2
# kernel k
# features psci_0_2
# classes kernel
CLIDR_EL1 0x600000000013c801 0x1
# takes CLIDR_EL1 7:0=010
# end
