using System.Runtime.InteropServices;

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

    /// <summary>Debian's name.</summary>
    internal static string Deb(string name) => Known.FirstOrDefault(k => k.Name == name).Deb ?? name;

    /// <summary>Why programs of an architecture cannot be run here, in words; null when they can.</summary>
    /// <param name="handlers">Where the kernel lists who runs foreign programs. Unset: its own place.</param>
    internal static string? WhyNot(string name, string? handlers = null)
    {
        if (name == Machine || (Machine == "x86_64" && Deb(name) == "i386"))
            return null;
        var handler = Path.Combine(handlers ?? Handlers, "qemu-" + Known.FirstOrDefault(k => k.Name == name).Qemu);
        if (!File.Exists(handler))
            return $"this machine is {Machine}, and its kernel has nobody registered to run programs of {name} ({handler} is missing). Try: build on a machine of that architecture, or install qemu-user-static with binfmt-support";
        var lines = File.ReadAllLines(handler);
        // Without F the interpreter would be looked for in the root, where it is not.
        return lines.Contains("enabled") && lines.Any(l => l.StartsWith("flags:", StringComparison.Ordinal) && l.Contains('F', StringComparison.Ordinal))
            ? null : $"{handler} is not enabled with the flag F, so that the interpreter would have to be in the root. Try: register it with F, as qemu-user-static does";
    }
}
