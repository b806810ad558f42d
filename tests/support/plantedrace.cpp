// A data race on purpose, handed over through gRPC's own queue: proves that ThreadSanitizer still sees ours with the
// options that keep it quiet about libraries. Built and run only with that sanitizer.
#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <chrono>
#include <cstdio>
#include <thread>

int main()
{
    grpc::CompletionQueue queue;
    long counter = 0;
    std::thread other([&] {
        void* tag = nullptr;
        bool ok = false;
        while (queue.Next(&tag, &ok))
            ++counter;
    });
    for (int i = 0; i < 1000; ++i) {
        grpc::Alarm alarm(&queue, std::chrono::system_clock::now(), nullptr);
        ++counter;
        std::this_thread::yield();
    }
    queue.Shutdown();
    other.join();
    std::printf("%ld\n", counter);
}
