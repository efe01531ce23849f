using System.Runtime.InteropServices;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>The names of architectures, and which can be built here.</summary>
internal static class Architectures
{
    private const string Handlers = "/proc/sys/fs/binfmt_misc";

    // What the kernel and rpm call it, what Debian does, and the name that qemu's packages register it under.
    private static readonly (string Name, string Deb, string Qemu)[] Known =
    [
        ("x86_64", "amd64", "x86_64"), ("i686", "i386", "i386"), ("i586", "i386", "i386"), ("aarch64", "arm64", "aarch64"), ("armv7l", "armhf", "arm"), ("armv7hl", "armhf", "arm"),
        ("ppc64le", "ppc64el", "ppc64le"), ("riscv64", "riscv64", "riscv64"), ("s390x", "s390x", "s390x"),
    ];

    /// <summary>This machine's, as messages name it.</summary>
    internal static string Machine => RuntimeInformation.OSArchitecture switch { Architecture.Arm64 => "aarch64", Architecture.X64 => "x86_64", var other => other.ToString().ToLowerInvariant() };

    internal static IEnumerable<string> Names => Known.Select(k => k.Name);

    /// <summary>Where Debian keeps the libraries of an architecture, below usr/lib.</summary>
    internal static IEnumerable<string> MultiarchDirectories =>
        ["x86_64-linux-gnu", "i386-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf", "powerpc64le-linux-gnu", "riscv64-linux-gnu", "s390x-linux-gnu"];

    /// <summary>Debian's name.</summary>
    internal static string Deb(string name) => Known.FirstOrDefault(k => k.Name == name).Deb ?? name;

    /// <summary>Why programs of an architecture cannot be run here, in words; null when they can.</summary>
    /// <param name="handlers">Where the kernel lists who runs foreign programs. Unset: its own place.</param>
    /// <param name="installed">Where installed interpreters say how to register them. Unset: where systemd looks.</param>
    internal static string? WhyNot(string name, string? handlers = null, params string[] installed)
    {
        if (IsNative(name) || IsRegistered(name, handlers))
            return null;
        var reason = $"this machine is {Machine}, and its kernel has nobody registered who runs programs of {name} in any root ({Handler(name, handlers)} is missing, not enabled, or without the flag F)";
        if (ForeignPrograms.Find(Qemu(name), installed) is null)
            return $"{reason}. Try: build on a machine of that architecture, or install qemu-user-static";
        return ForeignPrograms.AreOffered ? null : $"{reason}; nor may a sandbox register one for itself, which takes Linux 6.7. Try: register it with the flag F, as qemu-user-static does at the start of a machine";
    }

    /// <summary>What a sandbox has to register to run programs of an architecture; null when nothing.</summary>
    internal static string? Registration(string name) => IsNative(name) || IsRegistered(name, null) ? null : ForeignPrograms.Find(Qemu(name));

    private static bool IsNative(string name) => name == Machine || (Machine == "x86_64" && Deb(name) == "i386");

    private static string Qemu(string name) => Known.FirstOrDefault(k => k.Name == name).Qemu ?? name;

    private static string Handler(string name, string? handlers) => Path.Combine(handlers ?? Handlers, "qemu-" + Qemu(name));

    // Without F the interpreter would be looked for in the root, where it is not.
    private static bool IsRegistered(string name, string? handlers) =>
        File.Exists(Handler(name, handlers)) && File.ReadAllLines(Handler(name, handlers)) is var lines
        && lines.Contains("enabled") && lines.Any(l => l.StartsWith("flags:", StringComparison.Ordinal) && l.Contains('F', StringComparison.Ordinal));
}
