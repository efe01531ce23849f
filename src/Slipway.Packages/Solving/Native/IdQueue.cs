using System.Runtime.InteropServices;

namespace Slipway.Packages.Solving.Native;

/// <summary>libsolv's list of ids.</summary>
internal sealed unsafe class IdQueue : IDisposable
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct Layout
    {
        public int* Elements;
        public int Count;
        public int* Allocated;
        public int Left;
    }

    private Layout* queue;

    public IdQueue()
    {
        queue = (Layout*)NativeMemory.AllocZeroed((nuint)sizeof(Layout));
        Solv.QueueInit(queue);
    }

    public Layout* Pointer => queue;

    public void Add(int id) => Solv.QueueInsert(queue, queue->Count, id);

    public void Add(int first, int second)
    {
        Add(first);
        Add(second);
    }

    public int[] ToArray() => Read(queue);

    public static int[] Read(Layout* queue) => new ReadOnlySpan<int>(queue->Elements, queue->Count).ToArray();

    public void Dispose()
    {
        if (queue is null) return;
        Solv.QueueFree(queue);
        NativeMemory.Free(queue);
        queue = null;
    }
}
