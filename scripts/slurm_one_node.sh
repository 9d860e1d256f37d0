#!/usr/bin/env bash
# A Slurm cluster of this one machine, for `make test-slurm`: controller, node and munge from the distribution's
# packages, with files of their own in one folder, on ports of their own, gone at `stop`.  Wants root.
#
#   scripts/slurm_one_node.sh install         from the distribution, what is missing
#   scripts/slurm_one_node.sh start FOLDER    starts, waits until the node takes jobs
#   scripts/slurm_one_node.sh stop FOLDER     ends jobs and daemons, removes the folder
#
# Programs find the cluster by SLURM_CONF=FOLDER/slurm.conf.
set -euo pipefail

die() { echo "slurm: $*" >&2; exit 1; }
[ "$*" = install ] || [ $# = 2 ] || die "usage: $0 install | start FOLDER | stop FOLDER"
what=$1 folder=${2:-}
export SLURM_CONF=$folder/slurm.conf

install_packages() {
  command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null && return
  command -v apt-get >/dev/null || die "install slurmctld, slurmd, slurm-client and munge"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null; }
}

start() {
  [ "$(id -u)" = 0 ] || die "only root can start a Slurm node"
  mkdir -m 755 "$folder"
  mkdir -m 755 "$folder"/{state,spool,log,munge}
  dd if=/dev/urandom of="$folder/munge/key" bs=64 count=1 status=none
  chmod 400 "$folder/munge/key"
  munged --force --key-file "$folder/munge/key" --socket "$folder/munge/socket" --pid-file "$folder/munge/pid" \
    --log-file "$folder/log/munged" --seed-file "$folder/munge/seed" 2>>"$folder/log/munged.start"
  local host cores memory
  host=$(hostname -s) cores=$(nproc) memory=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) / 1024 * 9 / 10))
  cat >"$SLURM_CONF" <<CONF
ClusterName=onenode
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=36817
SlurmdPort=36818
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=2
MailProg=/bin/true
ReturnToService=2
KillWait=5
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 Gres=gpu:2 CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=batch Nodes=$host Default=YES OverSubscribe=FORCE:4 MaxTime=INFINITE State=UP
CONF
  # Two cards that are none, for Slurm to give out: it looks only whether the files are there.
  printf 'AutoDetect=off\nName=gpu File=/dev/zero\nName=gpu File=/dev/full\n' >"$folder/gres.conf"
  slurmctld 2>>"$folder/log/start"
  slurmd -N "$host" 2>>"$folder/log/start" || slurmd 2>>"$folder/log/start"
  for _ in $(seq 100); do
    sinfo -h -o %t 2>/dev/null | grep -qE '^(idle|mix)$' && return
    sleep 0.2
  done
  sinfo >&2 || true
  tail -n 20 "$folder"/log/* >&2
  die "the node does not take jobs"
}

stop() {
  [ -d "$folder" ] || return 0
  if [ -e "$SLURM_CONF" ]; then
    timeout 5 scancel --full --user="$(id -un)" 2>/dev/null || true
    for _ in $(seq 40); do
      [ -z "$(timeout 5 squeue -h 2>/dev/null)" ] && break
      sleep 0.2
    done
  fi
  local file pid
  for file in "$folder"/slurmd.pid "$folder"/slurmctld.pid "$folder"/munge/pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$folder"
}

case $what in
  install) install_packages ;;
  start) start ;;
  stop) stop ;;
  *) die "install, start or stop?" ;;
esac
