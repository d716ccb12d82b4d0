package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

var ownFolders = []string{"/greenroom", "/run/greenroom", "/web/greenroom"}
var fifos = []string{"app-events", "commands", "output", "released"}

// Tries what a hostile app may try, and prints a line an attempt: what, then `refused` or `SUCCEEDED`.
func attack(name string) {
	switch name {
	case "plant":
		plant()
	case "lock":
		takeLock()
	case "words":
		sayForgedWords()
	case "flood":
		flood()
	case "connections":
		holdIdleConnections(os.Args[3])
	default:
		fmt.Fprintf(os.Stderr, "orders: %q is no attack, expected plant, lock, words, flood or connections\n", name)
		os.Exit(2)
	}
}

func report(what string, err error) {
	if err == nil {
		fmt.Println(what, "SUCCEEDED")
		return
	}
	fmt.Println(what, "refused:", err)
}

// Files, links and FIFOs in every folder of the volume that the app sees, and sights of those that it does not.
func plant() {
	token := "/var/run/secrets/kubernetes.io/serviceaccount/token"
	for _, folder := range ownFolders {
		report("file in "+folder, os.WriteFile(folder+"/ready", []byte("#!/bin/sh\n"), 0o755))
		report("link in "+folder, os.Symlink(token, folder+"/token"))
		report("folder in "+folder, os.Mkdir(folder+"/cgi-bin", 0o755))
		report("FIFO in "+folder, syscall.Mkfifo(folder+"/events", 0o666))
		report("device in "+folder, syscall.Mknod(folder+"/zero", syscall.S_IFCHR|0o666, 1<<8|5))
		report("mode of "+folder, os.Chmod(folder, 0o777))
		report("owner of "+folder, os.Chown(folder, 1000, 1000))
		report("remount of "+folder, syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_BIND, ""))
		report("unmount of "+folder, syscall.Unmount(folder, syscall.MNT_DETACH))
	}
	for _, file := range []string{"/greenroom/agent", "/greenroom/busybox", "/run/greenroom/alive", "/web/greenroom/healthcheck.html"} {
		handle, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
		if err == nil {
			_, err = handle.Write(make([]byte, 1<<20))
		}
		report("write to "+file, err)
		report("removal of "+file, os.Remove(file))
	}
	for _, fifo := range fifos {
		path := "/run/greenroom/" + fifo
		report("removal of "+fifo, os.Remove(path))
		report("other name for "+fifo, os.Rename(path, path+"-away"))
		report("second name for "+fifo, os.Link(path, path+"-too"))
		report("mode of "+fifo, os.Chmod(path, 0))
		report("owner of "+fifo, os.Chown(path, 1000, 1000))
	}
	for _, private := range []string{"events", "edge", "journal", "attempts", "status", "../events", "../../run/greenroom/../events"} {
		_, err := os.Stat("/run/greenroom/" + private)
		report("sight of "+private, err)
	}
	report("sight of the sidecar's processes", sightOf("resident"))
}

func sightOf(program string) error {
	processes, _ := os.ReadDir("/proc")
	for _, process := range processes {
		if command, _ := os.ReadFile("/proc/" + process.Name() + "/cmdline"); strings.Contains(string(command), "/"+program) {
			return nil
		}
	}
	return os.ErrNotExist
}

// The lock says that the app container lives; the keeper has it.
func takeLock() {
	file, err := os.Open("/run/greenroom/alive")
	if err == nil {
		report("exclusive lock", syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
		report("shared lock", syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB))
		return
	}
	report("open of the lock", err)
}

// Half lines, long lines and operators' words.
func sayForgedWords() {
	fifo, err := os.OpenFile("/run/greenroom/app-events", os.O_WRONLY, 0)
	if err != nil {
		fmt.Println("open refused:", err)
		os.Exit(1)
	}
	for _, text := range []string{
		"go-online 999999\n", "note online\n", "online\n", "rest 1 swap 1\n", "release x\n", "authorized 192.0.2.7\n",
		"revoked all\n", "snapshot boot=x {}\n", "decider-exited 0\n", "terminating\n", "exited x\n", "deleting\n", "bring-online\n",
		"hook-exited x preOnline 0; go-online 9\n", "hook-exited $(id) preOnline 0\n", "started ../../events\n", "started *\n",
		strings.Repeat("x", 1<<13) + "\n", strings.Repeat("x", 200) + "offline-stop\n", "\x00\xff\n", "offline-st",
	} {
		fifo.WriteString(text)
	}
	fmt.Println("said")
}

// Ten seconds of whatever every FIFO takes: words that are let through, words that are not, half of them without an end.
func flood() {
	end := time.Now().Add(10 * time.Second)
	texts := map[string]string{
		"app-events": "\nhook-exited x preOnline 0\noffline-st",
		"commands":   "\nrun x preOnline 1 required /app/orders\nhel",
		"output":     strings.Repeat("x", 3000) + "\ngreenroom: online\n",
		"released":   "released\n",
	}
	done := make(chan string)
	for _, name := range fifos {
		go func() {
			written := 0
			fifo, err := os.OpenFile("/run/greenroom/"+name, os.O_RDWR|syscall.O_NONBLOCK, 0)
			if err == nil {
				fifo.SetWriteDeadline(end)
				for time.Now().Before(end) {
					count, _ := fifo.WriteString(texts[name])
					written += count
				}
			}
			done <- fmt.Sprint(name, ": ", written, " bytes")
		}()
	}
	for range fifos {
		fmt.Println(<-done)
	}
}

// Two hundred, from the pod's own address and from others of its loopback device.
func holdIdleConnections(port string) {
	held := []net.Conn{}
	for i := 0; i < 200; i++ {
		from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%8))}
		dialer := net.Dialer{Timeout: time.Second, LocalAddr: from}
		if connection, err := dialer.Dial("tcp", "127.0.0.1:"+port); err == nil {
			held = append(held, connection)
		}
	}
	fmt.Println("holding", len(held))
	time.Sleep(15 * time.Second)
	for _, connection := range held {
		connection.Close()
	}
}
